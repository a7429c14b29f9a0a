import { gunzipSync } from "node:zlib";

/** What Pillow and torchvision say: made by tests/oracles/unknown_images.py; the file names the versions. */
interface ImageFixture {
  decoded: Record<
    string,
    { file: string; mode: string; size: [number, number]; rgb: string; grey: string }
  >;
  resized: {
    file: string;
    shorter: number;
    size: number;
    resized: [number, number];
    result: string;
  }[];
  squeezed: {
    file: string;
    to: [number, number];
    result: string;
  };
}

const FOLDER = new URL("../fixtures/datasets/unknown/", import.meta.url);

export const imageFixture: ImageFixture = JSON.parse(
  Deno.readTextFileSync(new URL("images.json", FOLDER)),
);

/** Archives as Python writes them, packed once more. */
interface ArchiveFixture {
  /** The name of a member that is longer than a tar's header holds. */
  long: string;
  files: Record<string, string>;
}

export const archiveFixture: ArchiveFixture = JSON.parse(
  Deno.readTextFileSync(new URL("archives.json", FOLDER)),
);

/** Writes one of the archives into a folder and returns its path. */
export async function putArchive(name: string, folder: string): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.writeFile(path, gunzipSync(Uint8Array.fromBase64(archiveFixture.files[name]!)));
  return path;
}

/** Small sets in the official formats, and the SHA-256 of the images that torchvision makes of them. */
interface SetFixture {
  sets: Record<string, { files: Record<string, string>; expected: Record<string, string> }>;
}

const setFixture: SetFixture = JSON.parse(Deno.readTextFileSync(new URL("sets.json", FOLDER)));

/** The files of a small set. */
export function setFiles(name: string): Map<string, Uint8Array> {
  const { files } = setFixture.sets[name]!;
  return new Map(
    Object.entries(files).map(([file, packed]) => [
      file,
      new Uint8Array(gunzipSync(Uint8Array.fromBase64(packed))),
    ]),
  );
}

/** The SHA-256 of the images of a small set, made in one way. */
export function expectedImages(name: string, way: string): string {
  return setFixture.sets[name]!.expected[way]!;
}
