import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join, relative } from "node:path";
import sharp from "sharp";
import { readImageFolder } from "../../lib/datasets/image_folder.ts";
import { loadOwnImages } from "../../lib/datasets/mod.ts";
import { withFolder } from "../with_folder.ts";

async function write(file: string, { grey = false, level = 9 } = {}) {
  await Deno.mkdir(dirname(file), { recursive: true });
  const background = { r: level, g: level, b: level };
  const image = sharp({ create: { width: 20, height: 30, channels: 3, background } });
  await (grey ? image.toColourspace("b-w") : image).png().toFile(file);
}

/** Two classes of two images in each half. */
async function writeAll(folder: string) {
  for (const half of ["train", "test"]) {
    for (const name of ["a", "b"]) {
      await write(join(folder, half, name, "0.png"), { level: 9 });
      await write(join(folder, half, name, "1.png"), { grey: true, level: 200 });
    }
  }
}

Deno.test("one's own images may be grey or coloured, linked, and beside files that are none", () =>
  withFolder(async (folder) => {
    await writeAll(folder);
    await Deno.symlink("1.png", join(folder, "train/a/2.png"));
    await Deno.writeTextFile(join(folder, "train/a/Thumbs.db"), "");
    await Deno.writeTextFile(join(folder, "train/a/.3.png"), "");
    await Deno.mkdir(join(folder, "train/.cache"));
    const { train, test, classes } = await loadOwnImages(folder, { size: 4 });
    assertEquals([classes, train.count, test.count], [2, 5, 4]);
    const pixels = await train.read(Uint32Array.of(0, 2));
    assertEquals(new Set(pixels), new Set([9, 200]));
  }));

Deno.test("one's own images may lie in folders below a class's, in torchvision's order", () =>
  withFolder(async (folder) => {
    const places = ["1.png", "b/1.png", "b-c/0.png", "b/d/0.png"];
    for (const place of places) await write(join(folder, "a", place));
    await write(join(folder, "e/0.png"));
    await Deno.writeTextFile(join(folder, "a/b/notes"), "");
    await Deno.symlink("b/notes", join(folder, "a/link"));
    await Deno.symlink("nowhere", join(folder, "a/broken"));
    await Deno.symlink("../e", join(folder, "a/f"));
    // In a circle: nothing new.
    await Deno.symlink("../../a", join(folder, "a/b/circle"));
    const { classes, files, labels } = await readImageFolder(folder);
    // sorted(os.walk(..., followlinks=True)): by the path of a folder, "-" being before "/".
    const wanted = ["a/1.png", "a/b/1.png", "a/b-c/0.png", "a/b/d/0.png", "a/f/0.png", "e/0.png"];
    assertEquals(files.map((file) => relative(folder, file)), wanted);
    assertEquals([classes, [...labels]], [["a", "e"], [0, 0, 0, 0, 0, 1]]);
  }));

const faults: [what: string, change: (folder: string) => Promise<unknown>, message: string][] = [
  [
    "a class without images",
    async (folder) => {
      await Deno.remove(join(folder, "train/a"), { recursive: true });
      await Deno.mkdir(join(folder, "train/a/deeper"), { recursive: true });
    },
    "train has no images of a: ",
  ],
  [
    "a test image that is cut short",
    async (folder) => {
      const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
      const create = { width: 64, height: 64, channels: 3, background: "black", noise } as const;
      const bytes = await sharp({ create }).png().toBuffer();
      // Its beginning is read without fault.
      await Deno.writeFile(join(folder, "test/b/0.png"), bytes.subarray(0, bytes.length / 2));
    },
    "1 of 8 files",
  ],
  [
    "a file that is no image",
    (folder) => Deno.writeTextFile(join(folder, "train/a/3.jpg"), "text"),
    "1 of 9 files",
  ],
  [
    "an image of another format",
    async (folder) => {
      const image = sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } });
      await image.webp().toFile(join(folder, "train/a/3.WebP"));
    },
    "neither JPEG nor PNG: a/3.WebP. Convert",
  ],
  [
    "a link that leads nowhere",
    (folder) => Deno.symlink("nowhere.png", join(folder, "train/a/3.png")),
    "train/a/3.png. Remove or replace them",
  ],
  [
    "other classes in the test",
    (folder) => Deno.rename(join(folder, "test/b"), join(folder, "test/c")),
    "train has the classes a, b, test has a, c",
  ],
  ["no test", (folder) => Deno.remove(join(folder, "test"), { recursive: true }), "/test/<class>/"],
];
for (const [what, change, message] of faults) {
  Deno.test(`one's own images with ${what} are refused before anything is learnt`, () =>
    withFolder(async (folder) => {
      await writeAll(folder);
      await change(folder);
      await assertRejects(() => loadOwnImages(folder, { size: 4 }), RangeError, message);
    }));
}
