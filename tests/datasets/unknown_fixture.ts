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
