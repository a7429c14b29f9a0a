import type { ImageCorruptionName } from "../corruptions/mod.ts";
import { findCorruption } from "./corruption_folders.ts";
import type { DataSource } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";

/** Tiny-ImageNet-C or ImageNet-C as published: JPEGs in <corruption>/<severity>/<class>/. */
export interface ImageFolderCSource extends DataSource {
  /** Side of the images, which are not resized. */
  side: 64 | 224;
  classes: number;
  /** Images of every class in a set of one corruption and severity. */
  imagesPerClass: number;
  /** Which corruptions each file holds. */
  holds: Readonly<Record<string, readonly ImageCorruptionName[]>>;
}

const ADDRESS = "https://github.com/hendrycks/robustness";

/** Whether the corruptions of an archive are there as folders that the user unpacked. */
const isInFolders =
  (holds: ImageFolderCSource["holds"]) => ({ name: archive }: RemoteFile, folder: string) =>
    holds[archive]!.every((name) => findCorruption(folder, name) !== undefined);

const EXTRA: ImageCorruptionName[] = ["speckle_noise", "spatter", "gaussian_blur", "saturate"];
const NOISE: ImageCorruptionName[] = ["gaussian_noise", "shot_noise", "impulse_noise"];
const BLUR: ImageCorruptionName[] = ["defocus_blur", "glass_blur", "motion_blur", "zoom_blur"];
const WEATHER: ImageCorruptionName[] = ["frost", "snow", "fog", "brightness"];
const DIGITAL: ImageCorruptionName[] = [
  "contrast",
  "elastic_transform",
  "pixelate",
  "jpeg_compression",
];

const TINY_HOLDS = {
  "Tiny-ImageNet-C.tar": [...NOISE, ...BLUR, ...WEATHER, ...DIGITAL],
  "Tiny-ImageNet-C-extra.tar": EXTRA,
};

/**
 * The repaired record, whose frost has the 200 classes. MD5: torch-uncertainty 0.13.0.
 *
 * Its images come from ImageNet's validation images, not from those of Tiny ImageNet, whose names they share.
 */
export const TINY_IMAGENET_C: ImageFolderCSource = {
  name: "tiny_imagenet_c",
  title: "Tiny-ImageNet-C",
  licence: "as the Zenodo record says; the images as ImageNet's, for research",
  address: ADDRESS,
  files: [
    {
      name: "Tiny-ImageNet-C.tar",
      urls: ["https://zenodo.org/record/8206060/files/Tiny-ImageNet-C.tar"],
      md5: "f9c9a9dbdc11469f0b850190f7ad8be1",
    },
    {
      name: "Tiny-ImageNet-C-extra.tar",
      urls: ["https://zenodo.org/record/8206060/files/Tiny-ImageNet-C-extra.tar"],
      md5: "0db0588d243cf403ef93449ec52b70eb",
    },
  ],
  side: 64,
  classes: 200,
  imagesPerClass: 50,
  holds: TINY_HOLDS,
  unpacked: ["Tiny-ImageNet-C"],
  ownUnpacked: ["."],
  instead: isInFolders(TINY_HOLDS),
};

const zenodo = (name: string, md5: string): RemoteFile => ({
  name,
  urls: [`https://zenodo.org/record/2235448/files/${name}`],
  md5,
});

const IMAGENET_HOLDS = {
  "noise.tar": NOISE,
  "blur.tar": BLUR,
  "weather.tar": WEATHER,
  "digital.tar": DIGITAL,
  "extra.tar": EXTRA,
};

/** MD5: Zenodo's record. */
export const IMAGENET_C: ImageFolderCSource = {
  name: "imagenet_c",
  title: "ImageNet-C",
  licence: "as the Zenodo record says; the images as ImageNet's, for research",
  address: ADDRESS,
  files: [
    zenodo("noise.tar", "e80562d7f6c3f8834afb1ecf27252745"),
    zenodo("blur.tar", "2d8e81fdd8e07fef67b9334fa635e45c"),
    zenodo("weather.tar", "33ffea4db4d93fe4a428c40a6ce0c25d"),
    zenodo("digital.tar", "89157860d7b10d5797849337ca2e5c03"),
    zenodo("extra.tar", "d492dfba5fc162d8ec2c3cd8ee672984"),
  ],
  side: 224,
  classes: 1000,
  imagesPerClass: 50,
  holds: IMAGENET_HOLDS,
  unpacked: ["ImageNet-C", "imagenet-c"],
  ownUnpacked: ["."],
  instead: isInFolders(IMAGENET_HOLDS),
};
