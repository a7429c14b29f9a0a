import { decodeCifarBinary } from "../formats/mod.ts";
import { archiveEntries } from "./archive.ts";
import { readEntry } from "./decode_once.ts";
import { DamagedDataError } from "./errors.ts";
import type { Split } from "./idx_source.ts";
import { makeDataset } from "./image_set.ts";
import { sharedImages } from "./requested_images.ts";
import type { DataSource } from "./source.ts";
import { officialFile } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Dataset, ImageSet, PlaceOptions } from "./types.ts";

/** A data set in CIFAR's binary version, and what its archive holds. */
export interface CifarSource extends DataSource {
  files: readonly [RemoteFile];
  /** Label bytes of an image; the last one counts. */
  labelBytes: 1 | 2;
  members: Record<Split, readonly string[]>;
  /** The member with the names of the classes, one in a line. */
  namesMember: string;
}

const SHAPE = [32, 32, 3] as const;

// Krizhevsky 2009; the page gives no licence
const COMMON = {
  licence: "none given by the authors; in free use for research",
  address: "https://www.cs.toronto.edu/~kriz/cifar.html",
};

/** CIFAR10. Length and SHA-256: tensorflow-datasets 4.9.10; MD5: the authors' page. */
export const CIFAR10: CifarSource = {
  ...COMMON,
  name: "cifar10",
  title: "CIFAR10",
  files: [{
    name: "cifar-10-binary.tar.gz",
    urls: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    md5: "c32a1d4ab5d03f1284b67883e8d87530",
  }],
  labelBytes: 1,
  members: {
    train: [1, 2, 3, 4, 5].map((number) => `cifar-10-batches-bin/data_batch_${number}.bin`),
    test: ["cifar-10-batches-bin/test_batch.bin"],
  },
  namesMember: "cifar-10-batches-bin/batches.meta.txt",
};

/** CIFAR100, with its fine classes. Length and SHA-256: tensorflow-datasets 4.9.10; MD5: the authors' page. */
export const CIFAR100: CifarSource = {
  ...COMMON,
  name: "cifar100",
  title: "CIFAR100",
  files: [{
    name: "cifar-100-binary.tar.gz",
    urls: ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
    bytes: 168_513_733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    md5: "03b5dce01913d631647c71ecec9e9cb8",
  }],
  labelBytes: 2,
  members: { train: ["cifar-100-binary/train.bin"], test: ["cifar-100-binary/test.bin"] },
  namesMember: "cifar-100-binary/fine_label_names.txt",
};

/**
 * Loads both halves of CIFAR10 or CIFAR100 from the official archive, in the order of its files.
 *
 * @throws {MissingDataError} when the archive is not there
 * @throws {DamagedDataError} when it is not the official one
 */
export async function loadCifar(source: CifarSource, places: PlaceOptions = {}): Promise<Dataset> {
  const path = await officialFile(source, source.files[0], places);
  const { train, test } = source.members;
  const contents = await readMembers(path, [...train, ...test, source.namesMember]);
  const names = new TextDecoder().decode(contents.get(source.namesMember));
  return makeDataset({
    name: source.name,
    classNames: names.split("\n").map((line) => line.trim()).filter((line) => line !== ""),
    train: imagesOf(source, "train", contents, path),
    test: imagesOf(source, "test", contents, path),
  });
}

/** Loads the test half, as `loadCifar` does. */
export async function loadCifarTest(
  source: CifarSource,
  places: PlaceOptions = {},
): Promise<ImageSet> {
  const path = await officialFile(source, source.files[0], places);
  return imagesOf(source, "test", await readMembers(path, source.members.test), path);
}

function imagesOf(
  source: CifarSource,
  split: Split,
  contents: ReadonlyMap<string, Uint8Array>,
  path: string,
): ImageSet {
  const parts = source.members[split].map((member) => {
    try {
      return decodeCifarBinary(contents.get(member)!, source.labelBytes);
    } catch (error) {
      throw new DamagedDataError(path, `${member} in it: ${(error as Error).message}`);
    }
  });
  const bytes = parts.reduce((sum, { pixels }) => sum + pixels.length, 0);
  const pixels = new Uint8Array(new SharedArrayBuffer(bytes));
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at);
    at += part.pixels.length;
  }
  const labels = Int32Array.from(parts.flatMap((part) => [...part.labels]));
  return sharedImages({ name: `${source.name} ${split}`, shape: SHAPE, pixels, labels });
}

/** The contents of members of an archive; reads no further than it must. */
async function readMembers(
  path: string,
  wanted: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for await (const entry of archiveEntries(path)) {
    if (entry.kind !== "file" || !wanted.includes(entry.path)) continue;
    contents.set(entry.path, await readEntry(entry));
    if (contents.size === wanted.length) return contents;
  }
  const missing = wanted.filter((member) => !contents.has(member));
  throw new DamagedDataError(path, `it has no ${missing.join(", ")}`);
}
