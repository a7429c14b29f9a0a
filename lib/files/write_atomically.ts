import { dirname } from "node:path";
import { isThere } from "./exists.ts";
import { sweepBeside } from "./sweep.ts";

/**
 * Writes a file so that a reader, or a crash at any moment, meets the old file or the new one,
 * never a part: a temporary name in the same folder, synced, renamed, the folder synced. What a killed writer of the same
 * file left goes as well.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  Deno.mkdirSync(folder, { recursive: true });
  sweepBeside(path);
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    using file = openHeld(temporary);
    writeSynced(file, content);
    // While it is held, or another writer could take it for a killed one's and remove it.
    Deno.renameSync(temporary, path);
  } catch (error) {
    // A full disk should not fill up further with what could not be written.
    if (isThere(temporary)) Deno.removeSync(temporary);
    throw error;
  }
  if (Deno.build.os !== "windows") syncFolder(folder);
}

function writeSynced(file: Deno.FsFile, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

/** A new file that this process holds for as long as it lives: see sweepBeside(). */
function openHeld(path: string): Deno.FsFile {
  for (;;) {
    const file = Deno.openSync(path, { write: true, createNew: true });
    try {
      file.lockSync(true);
    } catch {
      // A file system without locks: there nothing is swept.
      return file;
    }
    // Another writer may have taken it for a killed one's before it was held.
    if (file.statSync().nlink !== 0) return file;
    file.close();
  }
}

/** A rename is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  using file = Deno.openSync(folder, { read: true });
  file.syncSync();
}
