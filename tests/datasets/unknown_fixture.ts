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
