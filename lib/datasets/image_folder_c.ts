import { join } from "node:path";
import type { ImageCorruptionName } from "../corruptions/mod.ts";
import { isThere } from "../files/mod.ts";
import type { PublishedCorruptions } from "./cifar_c.ts";
import { findCorruption, foldersIn } from "./corruption_folders.ts";
import { type DecodedImage, toColour } from "./decode_image.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { imageFiles, listImages } from "./image_files.ts";
import type { ImageFolderCSource } from "./image_folder_c_sources.ts";
import { copyFolders, fileFolders, shown, sourceFolder } from "./places.ts";
import { isUnpacked, treeOf, unpackOfficial } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { PlaceOptions } from "./types.ts";

/** What is known of the classes. */
export interface ImageFolderCOptions extends PlaceOptions {
  /**
   * The WordNet ids of the classes. Default: those of the other corruptions at hand, where a folder has too many, as frost
   * has in the first record of Tiny-ImageNet-C.
   */
  wnids?: readonly string[];
}

/**
 * Looks for Tiny-ImageNet-C or ImageNet-C in `options.folder`, else in the data folder: for each corruption its archive,
 * used and unpacked beside itself when its hash is the official one, or its folder as the user unpacked it where that has all
 * classes or there is no such archive. Undefined
 * where there is none of any.
 *
 * The class of an image is the place of its folder among the sorted WordNet ids. Images are decoded when they are read.
 */
export async function findImageFolderC(
  source: ImageFolderCSource,
  { wnids, ...places }: ImageFolderCOptions = {},
): Promise<PublishedCorruptions | undefined> {
  // folders of these names in a folder that is not the set's own may be another set's
  const copies = copyFolders(source, places);
  const archives = await Promise.all(source.files.map((file) => findArchive(source, file, places)));
  const names = Object.values(source.holds).flat();
  const isThereOwn = names.some((name) => findAmong(copies, name) !== undefined);
  if (!isThereOwn && archives.every((archive) => archive === undefined)) return undefined;
  const refused = new Set<string>();

  /** The folder of a corruption, from its archive, which is checked and unpacked where that is to be done, or the user's own. */
  const openCorruption = async (name: ImageCorruptionName) => {
    const file = source.files.find((one) => source.holds[one.name]?.includes(name))!;
    const own = findAmong(copies, name);
    const archive = await findArchive(source, file, places);
    // A whole copy is used as it is, beside an archive of tens of gigabytes too; of a part of one the archive has the rest.
    const isEnough = own !== undefined && archive !== undefined &&
      (refused.has(archive) || hasAllClasses(source, own) && !await isUnpacked(archive, file));
    if (archive !== undefined && !isEnough) {
      try {
        const folder = findCorruption(await unpackOfficial(archive, file), name);
        if (folder !== undefined) return { folder, own: false };
        throw new DamagedDataError(archive, `it has no folder ${name}/1`);
      } catch (error) {
        // an archive that is not the official one is no reason to leave a copy beside it
        if (own === undefined || !(error instanceof DamagedDataError)) throw error;
        refused.add(archive);
      }
    }
    if (own !== undefined) return { folder: own, own: true };
    const place = shown(sourceFolder(source, places));
    throw new MissingDataError(source.name, {
      reason: `neither ${file.name} nor a folder ${name}/ is in ${place}`,
      whatToDo: `Put ${file.name} (${file.urls[0]}) there`,
    });
  };

  return {
    async load(name, severity) {
      if (!Number.isInteger(severity) || severity < 1 || severity > 5) {
        throw new RangeError(`No severity ${severity}: give a whole number in 1 .. 5`);
      }
      const { folder, own } = await openCorruption(name);
      const root = join(folder, String(severity));
      const others = [
        ...archives.flatMap((one) => one === undefined ? [] : treeOf(one)),
        ...copies,
      ];
      const classes = classesOf(source, { others, root, severity, wnids });
      const set = await folderSet(source, { name, severity, root, classes });
      const wanted = classes.length * source.imagesPerClass;
      // what was unpacked from the official archive is whole
      if (!own || set.count === wanted) return set;
      throw new DamagedDataError(
        root,
        `it has ${set.count} of ${wanted} images. Unpack ${source.title} anew`,
      );
    },
  };
}

/** The path of an archive that lies, or is unpacked, in one of the folders where it is looked for. */
async function findArchive(
  source: ImageFolderCSource,
  file: RemoteFile,
  places: PlaceOptions,
): Promise<string | undefined> {
  for (const folder of [...fileFolders(source, places), ...copyFolders(source, places)]) {
    const archive = join(folder, file.name);
    if (isThere(archive) || await isUnpacked(archive, file)) return archive;
  }
  return undefined;
}

/** Whether a corruption's folder has all classes at each severity. */
function hasAllClasses({ classes }: ImageFolderCSource, folder: string): boolean {
  return [1, 2, 3, 4, 5].every((severity) =>
    foldersIn(join(folder, String(severity))).length >= classes
  );
}

/** The folder of a corruption in the first of these folders that has it. */
function findAmong(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => findCorruption(folder, name)).find((found) => found !== undefined);
}

/** The sorted ids of the classes whose images count. */
function classesOf(
  source: ImageFolderCSource,
  { others, root, severity, wnids }: {
    /** Where the other corruptions are looked for. */
    others: readonly string[];
    root: string;
    severity: number;
    wnids: readonly string[] | undefined;
  },
): string[] {
  let found = foldersIn(root);
  if (wnids !== undefined) found = found.filter((wnid) => wnids.includes(wnid));
  else if (found.length > source.classes) {
    for (const other of Object.values(source.holds).flat()) {
      if (other === "frost") continue;
      const folder = findAmong(others, other);
      if (folder === undefined) continue;
      const known = new Set(foldersIn(join(folder, String(severity))));
      found = found.filter((wnid) => known.has(wnid));
      break;
    }
  }
  const wanted = wnids?.length ?? source.classes;
  if (found.length === wanted) return found.sort();
  throw new DamagedDataError(
    root,
    `it has images of ${found.length} of the ${wanted} classes. Unpack ${source.title} anew`,
  );
}

async function folderSet(
  source: ImageFolderCSource,
  { name, severity, root, classes }: {
    name: string;
    severity: number;
    root: string;
    classes: readonly string[];
  },
) {
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, wnid] of classes.entries()) {
    for (const file of await listImages(join(root, wnid))) {
      files.push(file);
      labels.push(label);
    }
  }
  const { side } = source;
  const images = imageFiles({
    name: `${name}/${severity}`,
    files,
    shape: [side, side, 3],
    convert: (image) => ofSide(image, side),
  });
  return { ...images, labels: Int32Array.from(labels) };
}

function ofSide(image: DecodedImage, side: number): DecodedImage {
  if (image.width === side && image.height === side) return toColour(image);
  throw new TypeError(
    `Wanted an image of ${side} x ${side}, it is ${image.width} x ${image.height}`,
  );
}
