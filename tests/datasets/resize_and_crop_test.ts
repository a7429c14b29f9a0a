import { assertEquals, assertThrows } from "@std/assert";
import { centreCrop, resizeAndCrop, resizeShorterSide } from "../../lib/datasets/mod.ts";
import { generator } from "../../lib/random/mod.ts";

function noise(width: number, height: number, channels: 1 | 3) {
  const random = generator(width * 1000 + height, "noise");
  const data = Uint8Array.from({ length: width * height * channels }, () => random.integer(256));
  return { width, height, channels, data };
}

Deno.test("resizeAndCrop() gives the bytes of resizeShorterSide() and centreCrop(), which are torchvision's", () => {
  // shrunk a little, by half, by many times, not at all in one or both directions, enlarged; even and odd margins
  const cases = [
    [50, 37, 32, 28],
    [37, 50, 32, 28],
    [64, 64, 32, 32],
    [301, 97, 17, 16],
    [90, 32, 32, 20],
    [32, 33, 32, 32],
    [9, 14, 32, 31],
    [1, 3, 8, 7],
  ] as const;
  for (const [width, height, shorterSide, crop] of cases) {
    for (const channels of [1, 3] as const) {
      const image = noise(width, height, channels);
      assertEquals(
        resizeAndCrop(image, { shorterSide, crop }),
        centreCrop(resizeShorterSide(image, shorterSide), crop),
        `${width} x ${height}`,
      );
    }
  }
});

Deno.test("resizeAndCrop() refuses a crop that is larger than the image becomes", () => {
  assertThrows(
    () => resizeAndCrop(noise(20, 30, 3), { shorterSide: 10, crop: 11 }),
    RangeError,
    "Cannot crop 11 x 11 pixels out of 10 x 15",
  );
});
