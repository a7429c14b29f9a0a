import { decodeIdx } from "../formats/mod.ts";
import type { OfficialFile } from "./official_file.ts";
import type { DataSource } from "./source.ts";
import type { Split } from "./types.ts";

/** A data set of four IDX files: MNIST and the sets that took its format, and its file names. */
export interface IdxSource {
  name: string;
  /** Its name as people write it. */
  title: string;
  classNames: readonly string[];
  /** Images and labels of the two halves. */
  files: Record<Split, { images: OfficialFile; labels: OfficialFile }>;
  /** A folder outside the project where the files may be, and how they get there. */
  installed?: { folder: () => string | undefined; how: string };
  /** The terms of use, in a few words. */
  licence: string;
  /** Where the authors publish the files. */
  address: string;
  /** Where torchvision leaves the files, within its root. */
  unpacked: readonly [string];
  /** The folders on the network that hold the files, tried in this order. */
  mirrors: readonly string[];
}

/** The files of a set as they are downloaded. */
export function idxDataSource(source: IdxSource): DataSource {
  const { name, title, licence, address, mirrors, files } = source;
  const all = Object.values(files).flatMap(({ images, labels }) => [images, labels]);
  return {
    name,
    title,
    licence,
    address,
    ...idxLayouts(source),
    files: all.map((file) => ({
      name: file.name,
      urls: mirrors.map((mirror) => `${mirror}${file.name}`),
      bytes: file.bytes,
      sha256: file.sha256,
    })),
  };
}

/** The folders in which the files of a set may lie: as they are, or where torchvision leaves them. */
export function idxLayouts({ unpacked }: Pick<IdxSource, "unpacked">) {
  return { unpacked, ownUnpacked: [".", "raw"] };
}

/** The four files of a set, from their hashes; the names and the sizes of the contents are MNIST's in all sets. */
export function idxFiles(hashes: {
  trainImages: FileHashes;
  trainLabels: FileHashes;
  testImages: FileHashes;
  testLabels: FileHashes;
}): IdxSource["files"] {
  // headers of 16 and 8 bytes, 28 x 28 pixels or one label each
  const [images, labels] = [{ checkContents: checkImages }, { checkContents: checkLabels }];
  return {
    train: {
      images: {
        name: "train-images-idx3-ubyte.gz",
        contentBytes: 47_040_016,
        ...images,
        ...hashes.trainImages,
      },
      labels: {
        name: "train-labels-idx1-ubyte.gz",
        contentBytes: 60_008,
        ...labels,
        ...hashes.trainLabels,
      },
    },
    test: {
      images: {
        name: "t10k-images-idx3-ubyte.gz",
        contentBytes: 7_840_016,
        ...images,
        ...hashes.testImages,
      },
      labels: {
        name: "t10k-labels-idx1-ubyte.gz",
        contentBytes: 10_008,
        ...labels,
        ...hashes.testLabels,
      },
    },
  };
}

type FileHashes = Pick<OfficialFile, "bytes" | "sha256" | "contentSha256">;

function checkImages(contents: Uint8Array): void {
  const { shape } = decodeIdx(contents);
  if (shape.length === 3 && shape[1] === 28 && shape[2] === 28) return;
  throw new RangeError(`it should hold images of 28 x 28 pixels, it holds an array [${shape}]`);
}

/** KMNIST, the only set with files whose contents' hash is not known, has as many images of each class. */
function checkLabels(contents: Uint8Array): void {
  const { shape, data } = decodeIdx(contents);
  const counts = new Array<number>(10).fill(0);
  for (const label of data) if (label < 10) counts[label]!++;
  if (shape.length === 1 && counts.every((count) => count === data.length / 10)) return;
  throw new RangeError("it should hold labels 0 .. 9, of each as many");
}
