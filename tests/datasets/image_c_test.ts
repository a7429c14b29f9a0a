import { createHash } from "node:crypto";
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import sharp from "sharp";
import { imageCorruptions, jpegRoundTrip, resizeLinear } from "../../lib/corruptions/mod.ts";
import {
  DamagedDataError,
  FROST_TEXTURES,
  frostTextures,
  imageC,
  memoryImages,
  MissingDataError,
} from "../../lib/datasets/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { testImage } from "../corruptions/image_case.ts";

const imagesOf = (side: number, count: number) =>
  memoryImages({
    name: "test",
    shape: [side, side, 3],
    pixels: Uint8Array.from(
      Array.from({ length: count }, (_, i) => [...testImage(side, i)]).flat(),
    ),
    labels: Int32Array.from({ length: count }, (_, i) => i % 10),
  });
const small = imagesOf(32, 6);
const picture = (height: number, width: number) => ({
  height,
  width,
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => i % 251),
});
const textures = Array.from({ length: 5 }, () => picture(40, 50));

Deno.test("imageC() corrupts every image by its own field, whatever is read with it", async () => {
  for (const name of Object.keys(imageCorruptions)) {
    const set = imageC(small, name, 3, { seed: 7, textures });
    assertEquals([set.name, set.count, set.labels], [`${name}/3`, 6, small.labels]);
    const together = await set.read([2, 5, 2]);
    const alone = await set.read([5]);
    assertEquals(together.subarray(3072, 6144), alone);
    assertEquals(together.subarray(0, 3072), together.subarray(6144));
    assertNotEquals(alone, await small.read([5]), `${name} changes nothing`);
  }
});

Deno.test("imageC() depends on seed and severity, and on the image's index", async () => {
  const twins = memoryImages({
    name: "twins",
    shape: [32, 32, 3],
    pixels: new Uint8Array(6144).fill(100),
    labels: new Int32Array(2),
  });
  const read = (seed: number, severity: number) =>
    imageC(twins, "gaussian_noise", severity, { seed }).read([0, 1]);
  const both = await read(1, 2);
  assertNotEquals(both.slice(0, 3072), both.slice(3072));
  assertNotEquals(both, await read(2, 2));
  assertNotEquals(both, await read(1, 3));
  assertEquals(both, await read(1, 2));
});

Deno.test("imageC() saves images of 64 and 224 pixels as JPEG of quality 85, and of 32 as they are", async () => {
  for (const side of [32, 64, 224] as const) {
    const clean = testImage(side, 0);
    const corrupted = imageCorruptions.contrast.apply(clean, undefined, { severity: 2 });
    const set = imagesOf(side, 1);
    const wanted = side === 32 ? corrupted : jpegRoundTrip(corrupted, { side, quality: 85 });
    assertEquals(await imageC(set, "contrast", 2, { seed: 0 }).read([0]), wanted);
    const bytes = await imageC(set, "contrast", 2, { seed: 0, stored: "bytes" }).read([0]);
    assertEquals(bytes, corrupted);
  }
});

Deno.test("imageC() compresses twice where the corruption is JPEG itself", async () => {
  const first = jpegRoundTrip(testImage(64, 0), { side: 64, quality: 25 });
  const twice = jpegRoundTrip(first, { side: 64, quality: 85 });
  assertEquals(await imageC(imagesOf(64, 1), "jpeg_compression", 5, { seed: 0 }).read([0]), twice);
  assertNotEquals(first, twice);
});

Deno.test("imageC() refuses other images, names and severities", () => {
  const grey = memoryImages({ name: "grey", shape: [28, 28, 1], pixels: new Uint8Array(784) });
  assertThrows(() => imageC(grey, "fog", 1, { seed: 0 }), TypeError, "28,28,1");
  assertThrows(() => imageC(small, "rain", 1, { seed: 0 }), RangeError, "rain");
  assertThrows(() => imageC(small, "fog", 0, { seed: 0 }), RangeError, "1 .. 5");
  assertThrows(() => imageC(small, "fog", 1, { seed: NaN }), RangeError, "NaN");
});

/** The five textures as files in the formats of the published ones. */
async function withTextures(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const { name } of FROST_TEXTURES.files) {
      const { height, width, pixels } = picture(180, 200);
      const image = sharp(pixels, { raw: { width, height, channels: 3 } });
      const encoded = name.endsWith("png") ? image.png() : image.jpeg();
      await Deno.writeFile(`${folder}/${name}`, await encoded.toBuffer());
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The source whose hashes are those of stand-in files. */
function sourceOf(folder: string) {
  const files = FROST_TEXTURES.files.map((file) => {
    const bytes = Deno.readFileSync(`${folder}/${file.name}`);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { ...file, bytes: bytes.length, sha256 };
  });
  return { ...FROST_TEXTURES, files };
}

Deno.test("frostTextures() resizes by 0.2 and 0.3, and not for ImageNet", async () => {
  await withTextures(async (folder) => {
    const source = sourceOf(folder);
    for (const [side, factor, height, width] of [[32, 0.2, 36, 40], [64, 0.3, 54, 60]] as const) {
      const found = await frostTextures(side, { folder }, source);
      assertEquals(found.map((one) => [one.height, one.width]), Array(5).fill([height, width]));
      assertEquals(found[0], resizeLinear(picture(180, 200), factor));
    }
    assertEquals((await frostTextures(224, { folder }, source))[1], picture(180, 200));
    // by 0.2, OpenCV takes every fifth pixel, from the third on
    const [first] = await frostTextures(32, { folder }, source);
    assertEquals(first!.pixels[0], picture(180, 200).pixels[(2 * 200 + 2) * 3]);
  });
});

Deno.test("frostTextures() refuses other files, and says what to do without them", async () => {
  await withTextures(async (folder) => {
    await assertRejects(() => frostTextures(32, { folder }), DamagedDataError, "frost1.png");
    const source = sourceOf(folder);
    await Deno.remove(`${folder}/frost3.png`);
    await assertRejects(
      () => frostTextures(32, { folder }, source),
      MissingDataError,
      "frost3.png",
    );
  });
  const data = await Deno.makeTempDir();
  try {
    const frosty = imageC(small, "frost", 1, { seed: 0, data });
    const error = await assertRejects(() => Promise.resolve(frosty.read([0])), MissingDataError);
    assert(error.whatToDo.includes("frost1.png"));
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("imageC() freezes with a piece of one texture", async () => {
  const black = memoryImages({
    name: "black",
    shape: [32, 32, 3],
    pixels: new Uint8Array(3072),
    labels: new Int32Array(1),
  });
  const marked = [0, 1, 2, 3, 4].map((shade) => ({
    height: 33,
    width: 33,
    pixels: new Uint8Array(33 * 33 * 3).fill(50 * shade),
  }));
  const out = await imageC(black, "frost", 2, { seed: 4, textures: marked }).read([0]);
  const shade = generator(4, "image_c", "frost", 2, 0).integer(5);
  assertEquals(out, new Uint8Array(3072).fill(Math.floor(0.3 * 50 * shade)));
});
