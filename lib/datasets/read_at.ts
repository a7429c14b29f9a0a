/** Fills `out` from byte `start` of an open file; false where the file ends before. */
export function readAt(file: Deno.FsFile, start: number, out: Uint8Array): boolean {
  file.seekSync(start, Deno.SeekMode.Start);
  for (let at = 0; at < out.length;) {
    const read = file.readSync(out.subarray(at));
    if (read === null) return false;
    at += read;
  }
  return true;
}
