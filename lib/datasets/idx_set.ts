import { decodeIdx } from "../formats/mod.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { makeDataset, memoryImages } from "./image_set.ts";
import { FASHION_MNIST } from "./fashion_mnist.ts";
import { idxLayouts, type IdxSource } from "./idx_source.ts";
import { KMNIST } from "./kmnist.ts";
import { MNIST } from "./mnist.ts";
import { checkedBy, findFile, type OfficialFile, readOfficialFile } from "./official_file.ts";
import { copyFolders, shown } from "./places.ts";
import { rawFolder } from "./raw_folder.ts";
import type { SourceState } from "./source_state.ts";
import type { Dataset, ImageSet, Origin, PlaceOptions, Split } from "./types.ts";

/** Every set whose files have these names, so that a file of another set is called by its name. */
export const idxSources: readonly IdxSource[] = [MNIST, FASHION_MNIST, KMNIST];

/**
 * Loads both halves of a data set.
 *
 * The files are looked for in `options.folder` alone if it is given; else in <data>/raw/<name>, if any of them is there;
 * else where torchvision leaves them, or a package installs them. Every file is used only when its hash is the official one;
 * unpacked ones of KMNIST's training half, of which none is known, when they have the official form.
 *
 * @throws {MissingDataError} when a file is not there
 * @throws {DamagedDataError} when a file is not the official one
 */
export async function loadIdxSet(source: IdxSource, options: PlaceOptions = {}): Promise<Dataset> {
  const [train, test] = [
    await loadIdxSplit(source, "train", options),
    await loadIdxSplit(source, "test", options),
  ];
  return makeDataset({ name: source.name, classNames: source.classNames, train, test });
}

/** Whether the files of one half of a data set are where `loadIdxSplit` looks for them; they are not opened. */
export function hasIdxSplit(
  source: IdxSource,
  split: Split,
  options: PlaceOptions = {},
): boolean {
  const folder = findFolder(source, options);
  if (folder === undefined) return false;
  return Object.values(source.files[split]).every((file) => findFile(file, folder) !== undefined);
}

/** What is on this machine of a data set: by names and lengths, or by hashes with `verify`. */
export async function idxState(
  source: IdxSource,
  { verify = false, ...places }: PlaceOptions & { verify?: boolean } = {},
): Promise<SourceState & { installed: boolean }> {
  const folder = findFolder(source, places);
  if (folder === undefined) return { state: "missing", bytes: 0, installed: false };
  const installed = folder === source.installed?.folder();
  let bytes = 0;
  const lacking: string[] = [], damaged: string[] = [], checks = new Set<string>();
  for (const file of filesOf(source)) {
    const path = findFile(file, folder);
    if (path === undefined) {
      lacking.push(file.name);
      continue;
    }
    const { size } = await Deno.stat(path);
    bytes += size;
    const damage = verify ? await damageOf(file, path) : wrongLength(file, path, size);
    checks.add(verify ? checkedBy(file, path) : "lengths");
    if (damage !== undefined) damaged.push(`${file.name}: ${damage}`);
  }
  const form = installed ? "installed package" : "official file";
  const there = { bytes, installed, form, found: folder, checked: [...checks].join(", ") } as const;
  if (damaged.length > 0) return { ...there, state: "damaged", reason: damaged.join("; ") };
  if (lacking.length === 0) return { ...there, state: "present" };
  const reason = `without ${lacking.join(", ")}`;
  if (hasIdxSplit(source, "test", places)) {
    return { ...there, state: "partial", reason, train: false };
  }
  if (hasIdxSplit(source, "train", places)) {
    return { ...there, state: "partial", reason, train: true, testImages: 0 };
  }
  return { bytes, installed, state: "missing", reason };
}

async function damageOf(file: OfficialFile, path: string): Promise<string | undefined> {
  try {
    await readOfficialFile(file, path, recognise);
    return undefined;
  } catch (error) {
    if (!(error instanceof DamagedDataError)) throw error;
    return error.reason;
  }
}

/** That a file has another length; where its contents decide, a packed one may have any. */
function wrongLength(file: OfficialFile, path: string, size: number): string | undefined {
  const packed = path.endsWith(".gz");
  if (packed && file.contentSha256 !== undefined) return undefined;
  const wanted = packed ? file.bytes : file.contentBytes;
  return size === wanted ? undefined : `it has ${size} bytes instead of ${wanted}`;
}

function filesOf({ files }: IdxSource): OfficialFile[] {
  return Object.values(files).flatMap(({ images, labels }) => [images, labels]);
}

/** Loads one half of a data set, as `loadIdxSet` does. */
export async function loadIdxSplit(
  source: IdxSource,
  split: Split,
  options: PlaceOptions = {},
): Promise<ImageSet> {
  const folder = chooseFolder(source, options);
  const images = decodeIdx(await read(source, source.files[split].images, folder));
  const labels = decodeIdx(await read(source, source.files[split].labels, folder));
  const [, height, width] = images.shape as [number, number, number];
  return memoryImages({
    name: `${source.name} ${split}`,
    shape: [height, width, 1],
    pixels: images.data,
    labels: Int32Array.from(labels.data),
    origin: originOf(source, split, folder),
  });
}

/** The folder that holds a set, or undefined where there is none. */
function findFolder(source: IdxSource, options: PlaceOptions): string | undefined {
  const folders = copyFolders({ name: source.name, ...idxLayouts(source) }, options);
  const found = folders.find((folder) => holdsAny(source, folder));
  if (found !== undefined || options.folder !== undefined) return found ?? options.folder;
  const installed = source.installed?.folder();
  return installed !== undefined && holdsAny(source, installed) ? installed : undefined;
}

/** In which form a file was found, and what tells that it is the official one. */
function originOf(source: IdxSource, split: Split, folder: string): Origin {
  const { images, labels } = source.files[split];
  const paths = [images, labels].map((file) => findFile(file, folder)!);
  const form = folder === source.installed?.folder()
    ? "installed package"
    : paths.every((path) => path.endsWith(".gz"))
    ? "official file"
    : "unpacked copy";
  const checks = new Set([images, labels].map((file, i) => checkedBy(file, paths[i]!)));
  // 16 bytes of header, 28 x 28 pixels each
  const official = (images.contentBytes - 16) / 784;
  return { form, checked: [...checks].join(", "), official };
}

function chooseFolder(source: IdxSource, options: PlaceOptions): string {
  const found = findFolder(source, options);
  if (found !== undefined) return found;
  const [raw, installed] = [rawFolder(source.name, options.data), source.installed?.folder()];
  throw new MissingDataError(source.name, {
    reason: `its files are not in ${[raw, installed ?? []].flat().map(shown).join(", nor in ")}`,
    whatToDo: `Put the four files of ${source.title} (${source.address}) into ${
      shown(raw)
    }, or run \`deno task data download ${source.name}\`${
      source.installed === undefined ? "" : `, or ${source.installed.how}`
    }`,
  });
}

function holdsAny(source: IdxSource, folder: string): boolean {
  return filesOf(source).some((file) => findFile(file, folder) !== undefined);
}

async function read(source: IdxSource, file: OfficialFile, folder: string): Promise<Uint8Array> {
  const path = findFile(file, folder);
  if (path === undefined) {
    throw new MissingDataError(source.name, {
      reason: `${file.name}, packed or unpacked, is not in ${shown(folder)}`,
      whatToDo: `Put the four files of ${source.title} (${source.address}) there`,
    });
  }
  return await readOfficialFile(file, path, recognise);
}

/** The data set and file that a hash belongs to, e.g. "KMNIST (t10k-images-idx3-ubyte.gz)". */
function recognise(sha256: string): string | undefined {
  for (const source of idxSources) {
    const file = filesOf(source).find((one) => [one.sha256, one.contentSha256].includes(sha256));
    if (file !== undefined) return `${source.title} (${file.name})`;
  }
  return undefined;
}
