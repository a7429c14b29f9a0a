import { decodeCifarBinary } from "../formats/mod.ts";
import { archiveEntries } from "./archive.ts";
import type { CifarSource } from "./cifar_source.ts";
import { holdsHalf, inspectCifarCopy, namesIn, readHalf, readNames } from "./cifar_copy.ts";
import { CIFAR10_TEST_PREFIXES } from "./cifar10_test_prefixes.ts";
import { readEntry } from "./decode_once.ts";
import { DamagedDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { makeDataset } from "./image_set.ts";
import { sharedImages } from "./requested_images.ts";
import { officialOrCopy } from "./source_files.ts";
import type { Dataset, ImageSet, LoadOptions, Origin, Split } from "./types.ts";

const SHAPE = [32, 32, 3] as const;
const splits: readonly Split[] = ["train", "test"];

// Krizhevsky 2009; the page gives no licence
const COMMON = {
  // its files lie in the set's own folder as they are, or in the archive's
  ownUnpacked: ["."],
  inspectCopy(this: CifarSource, path: string, options: { verify: boolean }) {
    return inspectCifarCopy(this, path, options);
  },
  licence: "none given by the authors; in free use for research",
  address: "https://www.cs.toronto.edu/~kriz/cifar.html",
};

/** Why the other versions of a set are not taken. */
function otherVersions(number: 10 | 100, python: string, binary: string) {
  const wanted = `wanted is the binary version, the folder ${binary}, unpacked or as ` +
    `cifar-${number}-binary.tar.gz`;
  const pickled = `it is the pickled version, as torchvision leaves it; ${wanted}`;
  return { [python]: pickled, [`cifar-${number}-python.tar.gz`]: pickled };
}

/**
 * CIFAR10. Length and SHA-256 of the archive: tensorflow-datasets 4.9.10; MD5: the authors' page. SHA-256 of the training
 * files: computed from files with the git blob ids of an independent copy, as is the id of the test file.
 */
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
  unpacked: ["cifar-10-batches-bin"],
  notTaken: otherVersions(10, "cifar-10-batches-py", "cifar-10-batches-bin"),
  labelBytes: 1,
  classes: datasetFacts("cifar10").classes,
  members: {
    train: [
      "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
      "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
      "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
      "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
      "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    ].map((sha256, i) => ({
      path: `cifar-10-batches-bin/data_batch_${i + 1}.bin`,
      records: 10_000,
      sha256,
    })),
    test: [{
      path: "cifar-10-batches-bin/test_batch.bin",
      records: 10_000,
      gitBlob: "e3f3b4653f18f27ada1558cabc3352a3ed1b25cc",
      prefixes: CIFAR10_TEST_PREFIXES,
    }],
  },
  namesMember: "cifar-10-batches-bin/batches.meta.txt",
};

/**
 * CIFAR100, with its fine classes. Length and SHA-256: tensorflow-datasets 4.9.10; MD5: the authors' page. Hashes of its
 * unpacked files are not known to us.
 */
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
  unpacked: ["cifar-100-binary"],
  notTaken: otherVersions(100, "cifar-100-python", "cifar-100-binary"),
  labelBytes: 2,
  classes: datasetFacts("cifar100").classes,
  members: {
    train: [{ path: "cifar-100-binary/train.bin", records: 50_000 }],
    test: [{ path: "cifar-100-binary/test.bin", records: 10_000 }],
  },
  namesMember: "cifar-100-binary/fine_label_names.txt",
};

/**
 * Loads both halves of CIFAR10 or CIFAR100, in the order of the official files: from the official archive, or else from an
 * unpacked copy of the binary version (`readHalf` says how its files are checked).
 *
 * @throws {MissingDataError} when neither is there, or a copy has fewer test images than are asked for
 * @throws {DamagedDataError} when a file is not the official one, and there is no copy beside the archive
 */
export async function loadCifar(source: CifarSource, options: LoadOptions = {}): Promise<Dataset> {
  const train = await readFiles(source, "train", options);
  const test = await readFiles(source, "test", options);
  return makeDataset({
    name: source.name,
    classNames: namesIn(train.contents.get(source.namesMember)),
    train: imagesOf(source, "train", train),
    test: imagesOf(source, "test", test),
  });
}

/** Loads the test half, as `loadCifar` does. */
export async function loadCifarTest(
  source: CifarSource,
  options: LoadOptions = {},
): Promise<ImageSet> {
  return imagesOf(source, "test", await readFiles(source, "test", options));
}

/** The files of one half; with those of the training half the names of the classes. */
interface Half {
  /** Of each member, by its path in the archive. */
  contents: Map<string, Uint8Array>;
  /** The archive, or the copy's folder. */
  place: string;
  origin: Origin;
}

async function readFiles(
  source: CifarSource,
  split: Split,
  { testCount, ...places }: LoadOptions,
): Promise<Half> {
  const { files: [archive], members, namesMember } = source;
  const { place, own } = await officialOrCopy(source, archive, places, (folders) =>
    // One that has only the other half says what it lacks.
    folders.find((one) => holdsHalf(source, split, one)) ??
      folders.find((one) => splits.some((other) => holdsHalf(source, other, one))));
  if (!own) {
    const wanted = members[split].map(({ path }) => path);
    if (split === "train") wanted.push(namesMember);
    const official = members[split].reduce((sum, { records }) => sum + records, 0);
    return {
      contents: await readMembers(place, wanted),
      place,
      origin: { form: "official file", checked: "SHA-256", official },
    };
  }
  const half = await readHalf(source, split, place, split === "test" ? testCount : undefined);
  if (split === "train") half.contents.set(namesMember, await readNames(source, place));
  return { ...half, place };
}

function imagesOf(source: CifarSource, split: Split, { contents, place, origin }: Half): ImageSet {
  const parts = source.members[split].map(({ path }) => {
    try {
      return decodeCifarBinary(contents.get(path)!, source.labelBytes);
    } catch (error) {
      throw new DamagedDataError(place, `${path} in it: ${(error as Error).message}`);
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
  return sharedImages({ name: `${source.name} ${split}`, shape: SHAPE, pixels, labels, origin });
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
