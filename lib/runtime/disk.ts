import { freeBytes } from "../files/mod.ts";

/**
 * Checks that a folder's disk has room.
 *
 * @param megabytes What is needed, in 10^6 bytes
 * @throws {Error} When there is less
 */
export async function needSpace(folder: string, megabytes: number, what: string) {
  const free = Math.floor(await freeBytes(folder) / 1e6);
  if (free < megabytes) {
    throw new Error(
      `${what} needs ${megabytes} MB of disk space in ${folder} while it is set up; ${free} MB are free. ` +
        "Free some, and run this again: it goes on where it stopped.",
    );
  }
}
