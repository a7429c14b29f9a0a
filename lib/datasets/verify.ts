import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DamagedDataError } from "./errors.ts";

/** What a file must be. */
export interface Identity {
  bytes?: number;
  sha256?: string;
  md5?: string;
  gitBlob?: string;
}

/**
 * What is wrong with a file, or undefined where its length and its hash are those given. Reads it as a stream.
 *
 * The SHA-256 decides; the MD5 only where there is no SHA-256, and the id as a git blob where there is neither.
 */
export async function findDamage(
  path: string,
  { bytes, sha256, md5, gitBlob }: Identity,
  { signal, onBytes }: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<string | undefined> {
  const { size, isFile } = await Deno.stat(path);
  if (!isFile) return "it is no file";
  if (bytes !== undefined && size !== bytes) return `it has ${size} bytes instead of ${bytes}`;
  if (bytes === undefined && size === 0) return "it has 0 bytes";
  const [name, wanted, hash] = sha256 !== undefined
    ? ["SHA-256", sha256, createHash("sha256")]
    : md5 !== undefined
    ? ["MD5", md5, createHash("md5")]
    : ["git blob id", gitBlob, createHash("sha1").update(`blob ${size}\0`)];
  if (wanted === undefined) return undefined;
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk);
    onBytes?.(done += chunk.length);
  }
  const found = hash.digest("hex");
  return found === wanted ? undefined : `it should have ${name} ${wanted}, it has ${found}`;
}

/**
 * Checks a file's length and hash.
 *
 * @throws {DamagedDataError} when it is another file
 * @throws the signal's reason when it is aborted
 */
export async function verifyFile(
  path: string,
  identity: Identity,
  signal?: AbortSignal,
): Promise<void> {
  const damage = await findDamage(path, identity, signal && { signal });
  if (damage !== undefined) throw damaged(path, damage);
}

/** The error for a file that `findDamage` says this of. */
export function damaged(path: string, damage: string): DamagedDataError {
  return new DamagedDataError(
    path,
    `${damage}. It is damaged, cut short or another file: remove it, or replace it by the official one`,
  );
}
