import { dirname } from "node:path";
import { isThere } from "./exists.ts";

/**
 * Writes a file so that a reader, or a crash at any moment, meets the old file or the new one,
 * never a part: a temporary name in the same folder, synced, renamed, the folder synced.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  Deno.mkdirSync(folder, { recursive: true });
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    writeSynced(temporary, content);
    Deno.renameSync(temporary, path);
  } catch (error) {
    // A full disk should not fill up further with what could not be written.
    if (isThere(temporary)) Deno.removeSync(temporary);
    throw error;
  }
  if (Deno.build.os !== "windows") syncFolder(folder);
}

function writeSynced(path: string, content: string | Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

/** A rename is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  using file = Deno.openSync(folder, { read: true });
  file.syncSync();
}
