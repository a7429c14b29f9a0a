import { dirname, join } from "node:path";
import { isFile, isThere } from "../files/mod.ts";
import { requireLocks } from "../trials/mod.ts";
import { UsageError } from "./command.ts";

/**
 * Makes sure that files can be written in a folder, which is made where it is not there: before anything runs whose results go
 * there.
 *
 * @param flag How another one is named, for the message
 * @throws {UsageError} where it cannot be made or written
 */
export function requireWritableFolder(folder: string, flag: string): void {
  const probe = join(folder, `.probe-${crypto.randomUUID().slice(0, 8)}`);
  try {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
  } catch (error) {
    throw new UsageError(
      `Cannot write to ${folder}: ${(error as Error).message}. ` +
        `Name another folder with ${flag}, or make this one writable`,
    );
  }
}

/**
 * Makes sure that a file can be written, or written anew.
 *
 * @throws {UsageError} where it is a folder, or its folder cannot be made or written
 */
export function requireWritableFile(file: string, flag: string): void {
  if (isThere(file) && !isFile(file)) {
    throw new UsageError(`${flag}: ${file} is a folder; name a file in it`);
  }
  requireWritableFolder(dirname(file), flag);
}

/**
 * Makes sure that results can be written and trials locked, before anything runs.
 *
 * @throws {UsageError} where the folders cannot be made or written, or have no locks.
 */
export function requireWritable(data: string): void {
  for (const name of ["results", "runs"]) requireWritableFolder(join(data, name), "--data");
  try {
    requireLocks(join(data, "runs"));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
