import { basename, dirname, join } from "node:path";
import { DamagedDataError } from "./errors.ts";
import { fitImage, imageFiles } from "./image_files.ts";
import { INSPECT_TREE, openImages } from "./image_tree.ts";
import type { ImageTreeSource } from "./source.ts";
import type { ImageSet, ImageShape, PlaceOptions } from "./types.ts";

/**
 * Textures: the Describable Textures Dataset (Cimpoi et al. 2014), 47 classes of photographs.
 *
 * Length and SHA-256: tensorflow-datasets 4.9.10; MD5: torchvision 0.20.1.
 */
export const TEXTURES: ImageTreeSource = {
  name: "textures",
  title: "Textures",
  licence: "for research",
  address: "https://www.robots.ox.ac.uk/~vgg/data/dtd/",
  files: [{
    name: "dtd-r1.0.1.tar.gz",
    urls: ["https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz"],
    bytes: 625_239_812,
    sha256: "e42855a52a4950a3b59612834602aa253914755c95b0cff9ead6d07395f8e205",
    md5: "fff73e5086ae6bdbea199a49dfb8a4c1",
  }],
  // as the archive unpacks, and as torchvision leaves it
  unpacked: ["dtd/images", "dtd/dtd/images"],
  ...INSPECT_TREE,
  images: 5640,
};

/** What the paper leaves open of Textures. */
export interface TexturesOptions {
  /** The test images of one of the ten official splits (1,880 images), or all 5,640. Default: split 1, as torchvision's. */
  split?: number | "all";
}

/**
 * Loads Textures for a network that takes `shape`, as `fitImage` makes them: in colour, or grey for one channel. In the order
 * of the split's list, or of the paths; without labels.
 *
 * @throws {RangeError} when the split is none of 1 .. 10
 */
export async function loadTextures(
  shape: ImageShape,
  { split = 1, ...places }: TexturesOptions & PlaceOptions = {},
  source: ImageTreeSource = TEXTURES,
): Promise<ImageSet> {
  if (split !== "all" && !(Number.isInteger(split) && split >= 1 && split <= 10)) {
    throw new RangeError(`Textures has no split ${split}: give 1 .. 10 or "all"`);
  }
  const { files: all, origin } = await openImages(source, places);
  const files = split === "all" ? all : await ofSplit(all, split);
  return imageFiles({
    name: source.name,
    files,
    origin: { ...origin, official: files.length },
    shape,
    convert: (image) => fitImage(image, shape),
  });
}

/** The images that dtd/labels/test<split>.txt lists, in its order. */
async function ofSplit(all: readonly string[], split: number): Promise<string[]> {
  const nameOf = (path: string) => `${basename(dirname(path))}/${basename(path)}`;
  const byName = new Map(all.map((path) => [nameOf(path), path]));
  const root = dirname(dirname(dirname(all[0] ?? "")));
  const list = join(root, "labels", `test${split}.txt`);
  let text: string;
  try {
    text = await Deno.readTextFile(list);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DamagedDataError(list, "it is not there, while the images are");
  }
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").map((line) => {
    const path = byName.get(line);
    if (path !== undefined) return path;
    throw new DamagedDataError(list, `it lists ${line}, which is not among the images`);
  });
}
