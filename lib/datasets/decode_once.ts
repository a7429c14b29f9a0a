import { startProgress } from "../progress/mod.ts";
import { archiveEntries, type ArchiveEntry } from "./archive.ts";
import { decodeImage, toColour } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import { imageSize } from "./image_set.ts";
import type { ImageShape } from "./types.ts";

/** Where a member of an archive comes to lie: as image number `index` of `file`. */
export interface Destination {
  file: string;
  index: number;
}

// images decoded side by side, each in a thread of libvips': enough for the cores, few enough for the memory
const AT_ONCE = 16;

/**
 * Decodes images of an archive into files of bytes, RGB, one image after the other, from which training reads without
 * decoding anything.
 *
 * @param destinations By the member's path in the archive; all are of `shape`
 * @throws {DamagedDataError} when a member is not there, is no image, or is of another size
 */
export async function decodeOnce(
  archive: string,
  destinations: ReadonlyMap<string, Destination>,
  shape: ImageShape,
): Promise<void> {
  const size = imageSize(shape);
  const files = new Map<string, Deno.FsFile>();
  for (const { file } of destinations.values()) {
    if (!files.has(file)) files.set(file, Deno.openSync(file, { write: true, createNew: true }));
  }
  const working = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const progress = startProgress(`Decoding ${archive}`, destinations.size, { unit: "images" });
  let done = 0;
  const decode = async (path: string, bytes: Uint8Array, { file, index }: Destination) => {
    const pixels = await decodeMember(path, bytes, { archive, shape });
    const open = files.get(file)!;
    open.seekSync(index * size, Deno.SeekMode.Start);
    for (let at = 0; at < size;) at += open.writeSync(pixels.subarray(at));
    progress.update(++done);
  };
  try {
    for await (const entry of archiveEntries(archive)) {
      const destination = destinations.get(entry.path);
      if (destination === undefined) continue;
      const job = decode(entry.path, await readEntry(entry), destination)
        .catch((error) => failures.push(error))
        .finally(() => working.delete(job));
      working.add(job);
      if (working.size >= AT_ONCE) await Promise.race(working);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(working);
    for (const file of files.values()) file.close();
    progress.finish();
  }
  if (failures.length > 0) throw failures[0];
  if (done < destinations.size) {
    const missing = destinations.size - done;
    throw new DamagedDataError(
      archive,
      `${missing} of its ${destinations.size} images are missing`,
    );
  }
}

/** The contents of a member of an archive. */
export async function readEntry(entry: ArchiveEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.bytes);
  let at = 0;
  for await (const chunk of entry.content()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function decodeMember(
  path: string,
  bytes: Uint8Array,
  { archive, shape: [height, width] }: { archive: string; shape: ImageShape },
): Promise<Uint8Array> {
  try {
    const image = await decodeImage(bytes);
    if (image.width === width && image.height === height) return toColour(image).data;
    throw new TypeError(`it has ${image.width} x ${image.height} pixels, not ${width} x ${height}`);
  } catch (error) {
    throw new DamagedDataError(archive, `${path} in it: ${(error as Error).message}`);
  }
}
