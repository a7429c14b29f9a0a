import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isThere } from "./exists.ts";

/** The disk cannot hold what is to be written. */
export class DiskFullError extends Error {
  override name = "DiskFullError";
  // as of the system's own error
  readonly code = "ENOSPC";
}

// The numbers of ENOSPC, EFBIG and EDQUOT (of Linux and of macOS): Deno has no codes for the last two.
const FULL = [28, 27, 122, 69];

/** Whether an error says that the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  if (codeOf(error) === "ENOSPC") return true;
  const number = error instanceof Error && /\(os error (\d+)\)/.exec(error.message)?.[1];
  return FULL.includes(Number(number));
}

/** Whether an error says that a folder cannot be written to, or is none. */
export function isNotWritable(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"].includes(codeOf(error));
}

/** The bytes that can still be written to the disk of a folder, or of the one that it will be made in. */
export async function freeBytes(folder: string): Promise<number> {
  let existing = resolve(folder);
  while (!isThere(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return Number(bavail) * Number(bsize);
}

/**
 * Checks that the rest of a file has room, where its length is known.
 *
 * @throws {DiskFullError} when it has not
 */
export async function needRoom(
  folder: string,
  bytes: number | undefined,
  have: number,
): Promise<void> {
  if (bytes === undefined || await freeBytes(folder) >= bytes - have) return;
  throw new DiskFullError(`The disk of ${folder} has no room for ${bytes - have} bytes`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
