import { createHash } from "node:crypto";
import type { DataSource, ImageSet } from "../../lib/datasets/mod.ts";
import type { RemoteFile } from "../../lib/datasets/transfer.ts";

/** What torchvision gives: the labels, and the SHA-256 of the bytes of each image. */
export interface ExpectedImages {
  labels: number[];
  images: string[];
  files?: string[];
}

interface ExpectedSet {
  archive?: string;
  names: string[];
  wnids?: string[];
  train: ExpectedImages;
  test: ExpectedImages;
}

/** The folder of small archives in the official formats, made by tests/oracles/training_sets.py. */
export const FOLDER = new URL("../fixtures/datasets/training/", import.meta.url);

/** What is in them; the file names the versions. */
export const expected: Record<"cifar10" | "cifar100" | "tiny_imagenet", ExpectedSet> & {
  imagenet: ExpectedSet & { resize: number; crop: number };
} = JSON.parse(Deno.readTextFileSync(new URL("expected.json", FOLDER)));

/** The bytes of one of the archives. */
export function archiveBytes(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, FOLDER));
}

/** A source whose official files are these. */
export function withFiles<S extends DataSource>(
  source: S,
  change: (bytes: Uint8Array<ArrayBuffer>, name: string) => Uint8Array = (bytes) => bytes,
  urls: (name: string) => string[] = () => [],
): S {
  const files = source.files.map(({ name }): RemoteFile => {
    const bytes = change(archiveBytes(name), name);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { name, urls: urls(name), bytes: bytes.length, sha256 };
  });
  return { ...source, files };
}

/** Runs `use` with a folder that holds these archives, and removes it. */
export async function inFolderOf(
  names: readonly string[],
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of names) await Deno.writeFile(`${folder}/${name}`, archiveBytes(name));
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Labels and hashes of the images of a set, as the fixture has them. */
export async function described(set: ImageSet): Promise<ExpectedImages> {
  const images: string[] = [];
  for (let i = 0; i < set.count; i++) {
    images.push(createHash("sha256").update(await set.read([i])).digest("hex"));
  }
  return { labels: [...set.labels], images };
}
