import { join } from "node:path";
import { startProgress } from "../progress/mod.ts";
import { archiveEntries, type ArchiveEntry } from "./archive.ts";
import { decodeImage, toColour } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import { imageSize } from "./image_set.ts";
import type { ImageShape } from "./types.ts";

/** Where a decoded image comes to lie: as image number `index` of `file`. */
export interface Destination {
  file: string;
  index: number;
}

// images decoded side by side, each in a thread of libvips': enough for the cores, few enough for the memory
const AT_ONCE = 16;

/** An encoded image, by its path among the destinations. */
export interface Encoded {
  path: string;
  read(): Promise<Uint8Array>;
}

/** The files of an archive. */
export async function* encodedIn(archive: string): AsyncGenerator<Encoded> {
  for await (const entry of archiveEntries(archive)) {
    yield { path: entry.path, read: () => readEntry(entry) };
  }
}

/** These files in a folder. */
export async function* encodedBelow(
  folder: string,
  paths: Iterable<string>,
): AsyncGenerator<Encoded> {
  for (const path of paths) {
    const read = async () => {
      try {
        return await Deno.readFile(join(folder, path));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new DamagedDataError(folder, `it has no ${path}`);
      }
    };
    yield { path, read };
  }
}

/**
 * Decodes images into files of bytes, RGB, one image after the other, from which training reads without decoding anything.
 *
 * @param place The archive or folder that they come from, for messages
 * @param destinations By the image's path; all are of `shape`
 * @throws {DamagedDataError} when an image is not there, is none, or is of another size
 */
export async function decodeOnce(
  images: AsyncIterable<Encoded>,
  { place, destinations, shape }: {
    place: string;
    destinations: ReadonlyMap<string, Destination>;
    shape: ImageShape;
  },
): Promise<void> {
  const size = imageSize(shape);
  const files = new Map<string, Deno.FsFile>();
  for (const { file } of destinations.values()) {
    if (!files.has(file)) files.set(file, Deno.openSync(file, { write: true, createNew: true }));
  }
  const working = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const progress = startProgress(`Decoding ${place}`, destinations.size, { unit: "images" });
  let done = 0;
  const decode = async (path: string, bytes: Uint8Array, { file, index }: Destination) => {
    const pixels = await decodeMember(path, bytes, { place, shape });
    const open = files.get(file)!;
    open.seekSync(index * size, Deno.SeekMode.Start);
    for (let at = 0; at < size;) at += open.writeSync(pixels.subarray(at));
    progress.update(++done);
  };
  try {
    for await (const { path, read } of images) {
      const destination = destinations.get(path);
      if (destination === undefined) continue;
      const job = decode(path, await read(), destination)
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
    throw new DamagedDataError(place, `${missing} of its ${destinations.size} images are missing`);
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
  { place, shape: [height, width] }: { place: string; shape: ImageShape },
): Promise<Uint8Array> {
  try {
    const image = await decodeImage(bytes);
    if (image.width === width && image.height === height) return toColour(image).data;
    throw new TypeError(`it has ${image.width} x ${image.height} pixels, not ${width} x ${height}`);
  } catch (error) {
    throw new DamagedDataError(place, `${path} in it: ${(error as Error).message}`);
  }
}
