import { join } from "node:path";
import type { ImageCorruptionName } from "../corruptions/mod.ts";
import { isFile } from "../files/mod.ts";
import { decodeNpy } from "../formats/mod.ts";
import { CIFAR100_C_MD5, CIFAR10_C_MD5 } from "./cifar_c_files.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { checkIndices } from "./image_set.ts";
import {
  hasAnyFile,
  hasFiles,
  innerFolder,
  npyLabels,
  readNpy,
  readNpyHeader,
  replaceBy,
} from "./npy_files.ts";
import { copyFolders, sourceFolder } from "./places.ts";
import { readAt } from "./read_at.ts";
import { sealsFile, unlessSealed } from "./seal.ts";
import type { DataSource } from "./source.ts";
import { findOfficial, isUnpacked, unpackOfficial } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { ImageSet, PlaceOptions } from "./types.ts";
import { verifyFile } from "./verify.ts";

/** CIFAR-10-C or CIFAR-100-C as published. */
export interface CifarCSource extends DataSource {
  files: readonly [RemoteFile];
  classes: number;
  /** MD5 of every .npy file, which decides where there is no archive. */
  md5: Record<ImageCorruptionName | "labels", string>;
}

const FILES = Object.keys(CIFAR10_C_MD5).map((name) => `${name}.npy`);

// Hendrycks & Dietterich 2019
const COMMON = {
  ownUnpacked: ["."],
  instead: (_: RemoteFile, folder: string) => hasFiles(folder, FILES),
  licence: "as the Zenodo record says",
  address: "https://github.com/hendrycks/robustness",
};

/** Length and SHA-256: tensorflow-datasets 4.9.10; MD5: Zenodo's record. */
export const CIFAR10_C: CifarCSource = {
  ...COMMON,
  unpacked: ["CIFAR-10-C"],
  name: "cifar10_c",
  title: "CIFAR-10-C",
  files: [{
    name: "CIFAR-10-C.tar",
    urls: ["https://zenodo.org/record/2535967/files/CIFAR-10-C.tar"],
    bytes: 2_918_471_680,
    sha256: "c72763e101c723b7c507b96205f7e938912a5d587376173b825850cf3cb876a7",
    md5: "56bf5dcef84df0e2308c6dcbcbbd8499",
  }],
  classes: datasetFacts("cifar10").classes,
  md5: CIFAR10_C_MD5,
};

/** MD5: Zenodo's record. No SHA-256 is published, and the length only by others. */
export const CIFAR100_C: CifarCSource = {
  ...COMMON,
  unpacked: ["CIFAR-100-C"],
  name: "cifar100_c",
  title: "CIFAR-100-C",
  files: [{
    name: "CIFAR-100-C.tar",
    urls: ["https://zenodo.org/record/3555552/files/CIFAR-100-C.tar"],
    md5: "11f0ed0f1191edbf9fa23466ae6021d3",
  }],
  classes: datasetFacts("cifar100").classes,
  md5: CIFAR100_C_MD5,
};

/** A published set of corrupted images on this machine. */
export interface PublishedCorruptions {
  /**
   * The test images of a corruption at a severity of 1 .. 5, with their labels.
   *
   * @throws {MissingDataError} when its files are not there
   * @throws {DamagedDataError} when a file is not what was published
   */
  load(name: ImageCorruptionName, severity: number): Promise<ImageSet>;
}

// height, width, channels
const SHAPE = [32, 32, 3] as const;
const IMAGE_BYTES = 32 * 32 * 3;
const SEVERITIES = 5;

/**
 * Looks for CIFAR-10-C or CIFAR-100-C in `options.folder`, else in the data folder: the archive, or its .npy files, as they are
 * or within its own folder. Undefined where none of them is there.
 *
 * The archive is used, and unpacked beside itself, when its hash is the official one; files without it when each has its MD5,
 * which is compared before the first use, and again when the file has changed. Images are read from their place in the file when they are asked for.
 */
export async function findCifarC(
  source: CifarCSource,
  places: PlaceOptions = {},
): Promise<PublishedCorruptions | undefined> {
  const [archive] = source.files;
  const tar = findOfficial(source, archive, places) ??
    join(sourceFolder(source, places), archive.name);
  const seals = sealsFile(places);
  if (!await isUnpacked(tar, archive)) {
    // a part of a copy is no reason to leave the archive beside it
    const holds = isFile(tar) ? hasFiles : hasAnyFile;
    const copy = copyFolders(source, places).find((folder) => holds(folder, FILES));
    if (copy !== undefined) return openFolder(source, copy, { md5: source.md5, seals });
    if (!isFile(tar)) return undefined;
  }
  let opened: Promise<PublishedCorruptions> | undefined;
  const open = async () => {
    const folder = join(await unpackOfficial(tar, archive), innerFolder(archive));
    return openFolder(source, folder, { md5: {}, seals });
  };
  return { load: async (name, severity) => (await (opened ??= open())).load(name, severity) };
}

/** @param md5 of the files that are still to be compared, which is done once: see `unlessSealed` */
function openFolder(
  source: CifarCSource,
  root: string,
  { md5, seals }: { md5: Partial<CifarCSource["md5"]>; seals: string },
): PublishedCorruptions {
  const [archive] = source.files;
  const checked = new Map<string, Promise<string>>();
  const fileOf = (name: ImageCorruptionName | "labels") => {
    const check = async () => {
      const path = join(root, `${name}.npy`);
      if (!isFile(path)) {
        throw new MissingDataError(source.name, {
          reason: `${name}.npy is not in ${root}, while other files are`,
          whatToDo: `Put all files of ${archive.name} (${archive.urls[0]}) there`,
        });
      }
      const wanted = md5[name];
      if (wanted !== undefined) {
        const seal = { seals, what: `MD5 ${wanted}`, files: [path] };
        await unlessSealed(seal, () => verifyFile(path, { md5: wanted }));
      }
      return path;
    };
    const known = checked.get(name) ?? check();
    checked.set(name, known);
    return known;
  };
  return {
    async load(name, severity) {
      const labels = readLabels(await fileOf("labels"), source);
      return severitySet(await fileOf(name), archive.name, { name, severity, labels });
    },
  };
}

function readLabels(file: string, { files: [archive], classes }: CifarCSource): Int32Array {
  const array = readNpy(file, archive.name, () => decodeNpy(Deno.readFileSync(file)));
  const labels = npyLabels(file, archive.name, array, { classes });
  if (labels.length % SEVERITIES === 0) return labels;
  throw new DamagedDataError(
    file,
    `wanted labels in five equal parts, it has ${labels.length}. ${replaceBy(archive.name)}`,
  );
}

/** The fifth of a file that holds a severity: its images follow those of the weaker ones. */
function severitySet(
  file: string,
  official: string,
  { name, severity, labels }: { name: string; severity: number; labels: Int32Array },
): ImageSet {
  if (!Number.isInteger(severity) || severity < 1 || severity > SEVERITIES) {
    throw new RangeError(`No severity ${severity}: give a whole number in 1 .. ${SEVERITIES}`);
  }
  const count = labels.length / SEVERITIES;
  const { dtype, shape, start } = readNpy(file, official, () => readNpyHeader(file));
  if (dtype !== "|u1" || String(shape) !== String([labels.length, ...SHAPE])) {
    const wanted = `bytes [${labels.length}, ${SHAPE.join(", ")}], as many as labels`;
    throw new DamagedDataError(
      file,
      `wanted ${wanted}, it has ${dtype} [${shape.join(", ")}]. ${replaceBy(official)}`,
    );
  }
  const first = (severity - 1) * count;
  return {
    name: `${name}/${severity}`,
    count,
    shape: SHAPE,
    labels: labels.subarray(first, first + count),
    read(indices) {
      checkIndices(this, indices);
      const out = new Uint8Array(indices.length * IMAGE_BYTES);
      using opened = Deno.openSync(file);
      for (let i = 0; i < indices.length; i++) {
        const image = out.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
        if (!readAt(opened, start + (first + indices[i]!) * IMAGE_BYTES, image)) {
          const where = `it ends before image ${first + indices[i]!}`;
          throw new DamagedDataError(file, `${where}. ${replaceBy(official)}`);
        }
      }
      return out;
    },
  };
}
