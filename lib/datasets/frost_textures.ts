import { type ImageSide, type Picture, resizeLinear } from "../corruptions/mod.ts";
import { decodeImage, toColour } from "./decode_image.ts";
import type { DataSource } from "./source.ts";
import { officialFile } from "./source_files.ts";
import type { PlaceOptions } from "./types.ts";

const ADDRESS =
  "https://raw.githubusercontent.com/hendrycks/robustness/master/ImageNet-C/imagenet_c/imagenet_c/frost";

/**
 * The pictures of ice of which `frost` takes pieces; the sixth of its authors is never used, and so not needed.
 *
 * Lengths and SHA-256: tensorflow-datasets 4.9.10 (imagenet2012_corrupted).
 */
export const FROST_TEXTURES: DataSource = {
  name: "frost",
  title: "Frost textures",
  licence: "Apache-2.0",
  address: "https://github.com/hendrycks/robustness",
  files: [
    {
      name: "frost1.png",
      urls: [`${ADDRESS}/frost1.png`],
      bytes: 1_199_930,
      sha256: "ff9f907860bd7a835d459e32f9d588062b7f61ee267343cc7222b56753a14755",
    },
    {
      name: "frost2.png",
      urls: [`${ADDRESS}/frost2.png`],
      bytes: 299_002,
      sha256: "fe211a89b336999c207a852ce05818d4545d0b57c5beadd824b4cc9d9a9b6137",
    },
    {
      name: "frost3.png",
      urls: [`${ADDRESS}/frost3.png`],
      bytes: 299_002,
      sha256: "2d0d50b4a9bb213f38b024ef7768731bb83cc08d2f26b5766bbc167cdfa0e504",
    },
    {
      name: "frost4.jpg",
      urls: [`${ADDRESS}/frost4.jpg`],
      bytes: 36_734,
      sha256: "3f8b91ca1a9fa7167b09e773da53f5ae60d0a1fd88f02a783f6e328a72887f6e",
    },
    {
      name: "frost5.jpg",
      urls: [`${ADDRESS}/frost5.jpg`],
      bytes: 155_150,
      sha256: "5fc6a19df4a429ba68abdcc8f8a4278d4c9f81c9ccafd2c92ab0c8cf8992ebd2",
    },
  ],
};

// the scripts of CIFAR-10-C, Tiny-ImageNet-C and ImageNet-C
const FACTORS: Record<ImageSide, number> = { 32: 0.2, 64: 0.3, 224: 1 };

/**
 * The five textures at the size in which frost cuts from them for images of `side`.
 *
 * They are looked for in `options.folder`, else in raw/frost of the data folder.
 *
 * @throws {MissingDataError} when one is not there
 * @throws {DamagedDataError} when one is another file
 */
export async function frostTextures(
  side: ImageSide,
  places: PlaceOptions = {},
  source: DataSource = FROST_TEXTURES,
): Promise<Picture[]> {
  const textures: Picture[] = [];
  for (const file of source.files) {
    const path = await officialFile(source, file, places);
    const { height, width, data } = toColour(await decodeImage(await Deno.readFile(path)));
    const picture = { height, width, pixels: data };
    textures.push(FACTORS[side] === 1 ? picture : resizeLinear(picture, FACTORS[side]));
  }
  return textures;
}
