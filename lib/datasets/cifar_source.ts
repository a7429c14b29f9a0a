import type { DataSource } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Split } from "./types.ts";

/** A data set in CIFAR's binary version, and what its archive holds. */
export interface CifarSource extends DataSource {
  files: readonly [RemoteFile];
  /** Label bytes of an image; the last one counts. */
  labelBytes: 1 | 2;
  classes: number;
  members: Record<Split, readonly CifarMember[]>;
  /** The member with the names of the classes, one in a line. */
  namesMember: string;
}

/** A file of images in the archive. */
export interface CifarMember {
  path: string;
  /** How many images it has. */
  records: number;
  sha256?: string;
  /** Its id as a git blob, where that is what is known. */
  gitBlob?: string;
  /** Hashes of its beginnings, as in CIFAR10_TEST_PREFIXES: a file that is cut short is compared by them. */
  prefixes?: string;
}
