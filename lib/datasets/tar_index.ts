import { decodeSafetensors, encodeSafetensors } from "../formats/mod.ts";
import { isNotWritable, writeAtomically } from "../files/mod.ts";
import { log, startProgress } from "../progress/mod.ts";
import { archiveEntries, tarEntries } from "./archive.ts";
import { DamagedDataError } from "./errors.ts";
import { hashOf } from "./source.ts";
import type { RemoteFile } from "./transfer.ts";
import { verifyFile } from "./verify.ts";

/** Where the images of a tar are, in the order of their classes and names. */
export interface TarIndex {
  /** Names of the inner tars without ".tar", sorted; empty where the images lie in the tar itself. */
  classes: string[];
  /** Of each image: its name, its class among `classes`, and which bytes of the tar it is. */
  names: string[];
  labels: Int32Array;
  starts: Float64Array;
  bytes: Int32Array;
}

/** An image as it is found. */
interface Found {
  name: string;
  inner: string;
  start: number;
  bytes: number;
}

const IMAGE = /\.(jpe?g|png)$/i;

/**
 * The images of an official tar, or of the tars within it, so that they are read out of it without unpacking.
 *
 * The first time, the tar's hash is compared and its members are listed, which reads it twice; the list is kept beside it,
 * and used as long as the tar has the same length and date.
 *
 * @throws {DamagedDataError} when it is not the official file
 */
export async function indexTar(path: string, file: RemoteFile): Promise<TarIndex> {
  const stamp = await stampOf(path, file);
  const kept = `${path}.index`;
  const there = await readIndex(kept, stamp);
  if (there !== undefined) return there;
  log(`Checking and listing ${path}; this is done once.`);
  await verifyFile(path, file);
  const index = sorted(await listImages(path));
  try {
    writeAtomically(kept, encodeIndex(index, stamp));
  } catch (error) {
    if (!isNotWritable(error)) throw error;
    log(`The list cannot be kept beside ${path}: it will be made anew each time.`);
  }
  return index;
}

/** What a kept list belongs to. */
async function stampOf(path: string, file: RemoteFile): Promise<string> {
  const { size, mtime } = await Deno.stat(path);
  return JSON.stringify([hashOf(file), size, mtime?.getTime()]);
}

async function listImages(path: string): Promise<Found[]> {
  const found: Found[] = [];
  const { size } = await Deno.stat(path);
  const progress = startProgress(`Listing ${path}`, size / 1e6, { unit: "MB" });
  try {
    for await (const entry of archiveEntries(path)) {
      progress.update(entry.read / 1e6, `${found.length} images`);
      const start = entry.start!;
      if (entry.kind === "file" && IMAGE.test(entry.path)) {
        found.push({ name: nameOf(entry.path), inner: "", start, bytes: entry.bytes });
      }
      if (entry.kind !== "file" || !entry.path.endsWith(".tar")) continue;
      const inner = nameOf(entry.path).replace(/\.tar$/, "");
      for await (const image of tarEntries(entry.content())) {
        if (image.kind !== "file" || !IMAGE.test(image.path)) continue;
        const [name, bytes] = [nameOf(image.path), image.bytes];
        found.push({ name, inner, start: start + image.start!, bytes });
      }
    }
  } finally {
    progress.finish();
  }
  if (found.length === 0) throw new DamagedDataError(path, "it has no images");
  return found;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function sorted(found: Found[]): TarIndex {
  const inOrder = found.toSorted((a, b) =>
    a.inner === b.inner ? (a.name < b.name ? -1 : 1) : (a.inner < b.inner ? -1 : 1)
  );
  const classes = [...new Set(inOrder.map(({ inner }) => inner))];
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return {
    classes: classes.filter((name) => name !== ""),
    names: inOrder.map(({ name }) => name),
    labels: Int32Array.from(inOrder, ({ inner }) => numbers.get(inner)!),
    starts: Float64Array.from(inOrder, ({ start }) => start),
    bytes: Int32Array.from(inOrder, ({ bytes }) => bytes),
  };
}

function encodeIndex({ classes, names, labels, starts, bytes }: TarIndex, stamp: string) {
  const text = new TextEncoder().encode(names.join("\n"));
  const shape = [names.length];
  return encodeSafetensors(
    new Map([
      ["labels", { dtype: "I32", shape, data: labels }],
      ["starts", { dtype: "F64", shape, data: starts }],
      ["bytes", { dtype: "I32", shape, data: bytes }],
      ["names", { dtype: "U8", shape: [text.length], data: text }],
    ]),
    { stamp, classes: JSON.stringify(classes) },
  );
}

/** A kept list, or undefined where there is none for this tar. */
async function readIndex(kept: string, stamp: string): Promise<TarIndex | undefined> {
  try {
    const { tensors, metadata } = decodeSafetensors(await Deno.readFile(kept));
    if (metadata.stamp !== stamp) return undefined;
    const data = (name: string) => tensors.get(name)!.data;
    return {
      classes: JSON.parse(metadata.classes!),
      names: new TextDecoder().decode(data("names") as Uint8Array).split("\n"),
      labels: data("labels") as Int32Array,
      starts: data("starts") as Float64Array,
      bytes: data("bytes") as Int32Array,
    };
  } catch (error) {
    const unusable = error instanceof Deno.errors.NotFound || error instanceof TypeError ||
      error instanceof RangeError || error instanceof SyntaxError;
    if (unusable) return undefined;
    throw error;
  }
}
