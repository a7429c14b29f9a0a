import type { PlaceOptions } from "./types.ts";
import type { RemoteFile } from "./transfer.ts";

/** Where a data set comes from, and under which terms. */
export interface DataSource {
  /** Its name, which is also that of its folder below raw/. */
  name: string;
  /** Its name as people write it. */
  title: string;
  /** The terms of use, in a few words. */
  licence: string;
  /** Where its authors describe it. */
  address: string;
  /** The official files. */
  files: readonly RemoteFile[];
  /** Files that are too many to be named one by one; `files` is then empty, and they are looked for as an unpacked copy. */
  many?: { what: string; list: () => readonly RemoteFile[] };
  /** What to do where the files may not be fetched without the user's own consent; nothing is downloaded then. */
  registration?: string;
  /** Folders of an unpacked copy, within those where the set is looked for: the archive's own, and those of torchvision. */
  unpacked?: readonly string[];
  /** As `unpacked`, under names that say nothing of the set: looked for in its own folder alone. "." is that folder. */
  ownUnpacked?: readonly string[];
  /**
   * What there is of an unpacked copy in one of these folders, or undefined where there is none. It is also given the path of
   * an archive that is not the official one, which may be of the same images.
   */
  inspectCopy?(
    path: string,
    options: PlaceOptions & { verify: boolean },
  ): Promise<CopyState | undefined>;
  /** Names of what people have instead and cannot be taken, with the reason and what is wanted. */
  notTaken?: Readonly<Record<string, string>>;
  /** Whether what is in a folder (its own, or one for copies) does instead of one of the files: a copy in another form. */
  instead?: (file: RemoteFile, folder: string) => boolean;
}

/** A data set that is an archive of image files; an unpacked copy is a folder of them. */
export interface ImageTreeSource extends DataSource {
  files: readonly [RemoteFile];
  /** How many images it has; what tells a whole copy of the user's own from half a one. */
  images: number;
  /** What `hashPixels` gives of the images, where known: a copy, and an archive that was packed anew, are compared by it. */
  pixels?: string;
}

/** What identifies a file: the hash that decides. */
export function hashOf({ name, sha256, md5, gitBlob }: RemoteFile): string {
  const hash = sha256 ?? md5 ?? gitBlob;
  if (hash === undefined) throw new TypeError(`Cannot identify ${name}: it has no hash`);
  return hash;
}

/** What there is of an unpacked copy. */
export interface CopyState {
  /** Bytes of its files. */
  bytes: number;
  /** What was compared: "lengths", "SHA-256 of each file". */
  checked: string;
  /** Its parts that are not there; the copy is used without them where they are not asked for. */
  lacking: readonly string[];
  /** Whether its training images are there. */
  train: boolean;
  /** How many of its test images are there. */
  testImages: number | "all";
  /** What is wrong with it, where something is. */
  damage?: string;
}
