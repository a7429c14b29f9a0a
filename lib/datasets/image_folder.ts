import { join } from "node:path";
import { isFile, isThere } from "../files/mod.ts";

/** Images in a folder per class, or in the folder itself. */
export interface ImageFolder {
  /** Names of the folders, sorted; empty where the images lie in the folder itself. */
  classes: string[];
  /** Paths of the images, those in folders below a class's included: by class, folder and name (torchvision's ImageFolder). */
  files: string[];
  /** The class of each, among `classes`; 0 where there are none. */
  labels: Int32Array;
  /** Paths of images in the classes' folders that are neither JPEG nor PNG, and so left out. */
  leftOut: string[];
}

const TAKEN = /\.(jpe?g|png)$/i;
const OTHER_IMAGES = /\.(webp|gif|bmp|tiff?|p[bgnp]m|avif|hei[cf]|jp2|jxl|jfif)$/i;

/** Lists the images of a folder; names that begin with "." are none. */
export async function readImageFolder(folder: string): Promise<ImageFolder> {
  const { folders: classes, images } = await list(folder);
  const files: string[] = [], labels: number[] = [], leftOut: string[] = [];
  for (const [label, name] of classes.entries()) {
    const below = await walk(join(folder, name));
    below.sort((a, b) => a.folder < b.folder ? -1 : 1);
    for (const { folder, images, others } of below) {
      leftOut.push(...others.map((other) => join(folder, other)));
      for (const image of images) {
        files.push(join(folder, image));
        labels.push(label);
      }
    }
  }
  if (files.length > 0) return { classes, files, labels: Int32Array.from(labels), leftOut };
  return {
    classes: [],
    files: images.map((image) => join(folder, image)),
    labels: new Int32Array(images.length),
    leftOut,
  };
}

interface Listed {
  folder: string;
  folders: string[];
  images: string[];
  others: string[];
}

/** A folder and all below it; links are followed, but not to a folder that holds them. */
async function walk(folder: string, within: readonly string[] = []): Promise<Listed[]> {
  const place = Deno.realPathSync(folder);
  if (within.includes(place)) return [];
  const own = await list(folder);
  const folders = own.folders.map((name) => join(folder, name))
    // A link may lead to a file, or nowhere.
    .filter((path) => isThere(path) && !isFile(path));
  const below = await Promise.all(folders.map((path) => walk(path, [...within, place])));
  return [own, ...below.flat()];
}

async function list(folder: string): Promise<Listed> {
  const folders: string[] = [], images: string[] = [], others: string[] = [];
  for await (const { name, isDirectory, isFile, isSymlink } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    // copies of ImageNet are often folders of links
    const image = TAKEN.test(name), other = OTHER_IMAGES.test(name);
    if (isDirectory || (isSymlink && !image && !other)) folders.push(name);
    else if ((isFile || isSymlink) && image) images.push(name);
    else if (other) others.push(name);
  }
  return { folder, folders: folders.sort(), images: images.sort(), others: others.sort() };
}
