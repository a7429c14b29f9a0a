import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDiskFull, isNotWritable, writeAtomically } from "../files/mod.ts";
import { checkIndices, imageSize } from "./image_set.ts";
import type { FloatImageSet, ImageSet } from "./types.ts";

/** What decides the images of a set beside the code that makes them. */
export interface Making {
  /** The project's data folder, in whose made/ they are kept; absent: they are not. */
  data: string | undefined;
  /** Seed, options, and what identifies the files that they are made from. */
  how: unknown;
  /** The images that they are made from, where those are a set too: its bytes are part of what decides. */
  source?: ImageSet;
}

type Pixels = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

// Values of the largest set that is kept: MNIST's 10,000 images are 8 million, 31 MB where they are continuous. CIFAR's
// corrupted sets would be 3 GB.
const MOST_VALUES = 2 ** 24;

/**
 * A set whose images, once all of them were made, lie in a file of the data folder and are read from there: making those of
 * MNIST-C and the sets of unknown classes takes longer than a small network takes to be measured on them, and every trial
 * wants the same. Other code, versions, options or source images have another file; a damaged one is made anew. Where nothing
 * can be written they are made each time, and so are those of large sets.
 */
export function keeping<S extends ImageSet | FloatImageSet>(set: S, making: Making): S {
  const { count, shape } = set;
  const size = imageSize(shape);
  const folder = making.data === undefined ? undefined : madeFolder(making.data);
  if (folder === undefined || count * size > MOST_VALUES) return set;
  // All of the source is read to know it.
  const { source } = making;
  if (source !== undefined && source.count * imageSize(source.shape) > MOST_VALUES) return set;
  let place: Promise<string> | undefined;
  let whole: Pixels | undefined;
  let begun: { pixels: Pixels; isMade: Uint8Array; left: number } | undefined;
  return {
    ...set,
    async read(indices: ArrayLike<number>) {
      checkIndices(set, indices);
      const path = await (place ??= fileOf(set, making, folder).catch((error) => {
        // What could not be read may be there at the next try.
        place = undefined;
        throw error;
      }));
      if (begun === undefined) whole ??= readWhole(path, count * size);
      if (whole !== undefined) return some(whole, indices, size);
      const pixels = await set.read(indices);
      begun ??= {
        pixels: pixels instanceof Uint8Array
          ? new Uint8Array(count * size)
          : new Float32Array(count * size),
        isMade: new Uint8Array(count),
        left: count,
      };
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!;
        if (begun.isMade[index]) continue;
        begun.isMade[index] = 1;
        begun.left--;
        begun.pixels.set(pixels.subarray(i * size, (i + 1) * size), index * size);
      }
      if (begun.left === 0 && whole === undefined) {
        whole = begun.pixels;
        keep(path, whole);
      }
      return pixels;
    },
  } as S;
}

/** The folder of what this code has made, in a data folder; undefined where the code is of no files. */
export function madeFolder(data: string): string | undefined {
  return stamp === undefined ? undefined : join(data, "made", stamp);
}

async function fileOf(
  { name, count, shape }: ImageSet | FloatImageSet,
  { how, source }: Making,
  folder: string,
): Promise<string> {
  const of = source && await hashOfImages(source);
  const key = JSON.stringify([name, count, shape, how, of]);
  return join(folder, `${name}-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`);
}

const hashes = new WeakMap<ImageSet, string>();

/** The SHA-256 of all bytes of a set. */
async function hashOfImages(set: ImageSet): Promise<string> {
  const known = hashes.get(set);
  if (known !== undefined) return known;
  const all = await set.read(Uint32Array.from({ length: set.count }, (_, i) => i));
  const hash = createHash("sha256").update(all).digest("hex");
  hashes.set(set, hash);
  return hash;
}

// A file: the SHA-256 of what follows; 0 for bytes or 1 for float32, of the machine's order, in four bytes; the pixels.
const HASH_BYTES = 32;
const HEAD_BYTES = HASH_BYTES + 4;

function keep(path: string, pixels: Pixels): void {
  const file = new Uint8Array(HEAD_BYTES + pixels.byteLength);
  file[HASH_BYTES] = pixels instanceof Uint8Array ? 0 : 1;
  file.set(new Uint8Array(pixels.buffer), HEAD_BYTES);
  file.set(createHash("sha256").update(file.subarray(HASH_BYTES)).digest());
  try {
    writeAtomically(path, file);
  } catch (error) {
    if (!isNotWritable(error) && !isDiskFull(error)) throw error;
  }
}

/** The pixels in a file; undefined where it is not there, not for us to read, or not whole. */
function readWhole(path: string, values: number): Pixels | undefined {
  const file = readFile(path);
  if (file === undefined) return undefined;
  const hash = createHash("sha256").update(file.subarray(HASH_BYTES)).digest();
  if (file.length < HEAD_BYTES || !hash.equals(file.subarray(0, HASH_BYTES))) return undefined;
  const pixels = file[HASH_BYTES] === 0
    ? new Uint8Array(file.buffer, HEAD_BYTES)
    : new Float32Array(file.buffer, HEAD_BYTES);
  return pixels.length === values ? pixels : undefined;
}

function readFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    const { NotADirectory, NotCapable, NotFound, PermissionDenied } = Deno.errors;
    const kinds = [NotADirectory, NotCapable, NotFound, PermissionDenied];
    if (kinds.some((kind) => error instanceof kind)) return;
    throw error;
  }
}

function some(whole: Pixels, indices: ArrayLike<number>, size: number): Pixels {
  const out = whole instanceof Uint8Array
    ? new Uint8Array(indices.length * size)
    : new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    out.set(whole.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  }
  return out;
}

// The rooms that make images.
const ROOMS = ["corruptions", "datasets", "random"];

// Of the code that this process runs: taken while it is loaded, since files can change while a training runs.
const stamp = stampOfCode();

/**
 * What changes with the code that makes images, with the libraries that it may use, and with the version of Deno, whose
 * mathematics it has; undefined where the code lies in no files that can be read.
 */
function stampOfCode(): string | undefined {
  if (!import.meta.url.startsWith("file:")) return undefined;
  const lib = fileURLToPath(new URL("../", import.meta.url));
  try {
    const { imports } = JSON.parse(Deno.readTextFileSync(join(lib, "../deno.json")));
    const versions = [Deno.version, Deno.build.target, imports];
    const hash = createHash("sha256").update(JSON.stringify(versions));
    for (const room of ROOMS) {
      const names = Array.from(Deno.readDirSync(join(lib, room))).filter(({ isFile }) => isFile)
        .map(({ name }) => name).sort();
      for (const name of names) hash.update(name).update(Deno.readFileSync(join(lib, room, name)));
    }
    return hash.digest("hex").slice(0, 16);
  } catch {
    return undefined;
  }
}
