import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  centreCrop,
  type DecodedImage,
  decodeImage,
  resizeImage,
  resizeShorterSide,
  toColour,
  toGrey,
} from "../../lib/datasets/mod.ts";
import { imageFixture as fixture } from "./unknown_fixture.ts";

/** The largest difference of two arrays of bytes. */
function largestDifference(a: Uint8Array, b: Uint8Array): number {
  assertEquals(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

Deno.test("decodeImage() gives Pillow's bytes for every kind of PNG and JPEG", async () => {
  for (const [name, { file, size, rgb, grey }] of Object.entries(fixture.decoded)) {
    const image = await decodeImage(Uint8Array.fromBase64(file));
    assertEquals([image.width, image.height], size, name);
    const colour = toColour(image).data;
    assertEquals(largestDifference(colour, Uint8Array.fromBase64(rgb)), 0, `${name} in colour`);
    assertEquals(
      largestDifference(toGrey(image).data, Uint8Array.fromBase64(grey)),
      0,
      `${name} in grey`,
    );
  }
});

Deno.test("decodeImage() keeps grey images in one channel", async () => {
  for (const [name, { file, mode }] of Object.entries(fixture.decoded)) {
    const { channels } = await decodeImage(Uint8Array.fromBase64(file));
    assertEquals(channels, ["L", "1", "LA"].includes(mode) ? 1 : 3, name);
  }
});

Deno.test("decodeImage() refuses what is no whole image", async () => {
  const whole = Uint8Array.fromBase64(fixture.decoded["rgb.jpg"]!.file);
  const html = new TextEncoder().encode("<!DOCTYPE html><html></html>");
  for (const bytes of [new Uint8Array(), html, whole.subarray(0, 40), whole.subarray(0, 700)]) {
    await assertRejects(() => decodeImage(bytes), TypeError, "Cannot decode an image");
  }
});

Deno.test("resizeShorterSide() and centreCrop() give torchvision's bytes", async () => {
  for (const { file, shorter, size, resized, result } of fixture.resized) {
    const whole = resizeShorterSide(await decodeImage(Uint8Array.fromBase64(file)), shorter);
    assertEquals([whole.width, whole.height], resized);
    const { data } = centreCrop(whole, size);
    assertEquals(largestDifference(data, Uint8Array.fromBase64(result)), 0);
  }
});

Deno.test("resizeImage() stretches each side on its own, as Pillow", async () => {
  const { file, to, result } = fixture.squeezed;
  const image = await decodeImage(Uint8Array.fromBase64(file));
  const { data } = resizeImage(image, { width: to[0], height: to[1] });
  assertEquals(largestDifference(data, Uint8Array.fromBase64(result)), 0);
});

Deno.test("resizeImage() and centreCrop() refuse sizes that are none", () => {
  const image: DecodedImage = { width: 4, height: 3, channels: 1, data: new Uint8Array(12) };
  assertThrows(() => resizeImage(image, { width: 0, height: 3 }), RangeError, "0 x 3");
  assertThrows(() => resizeShorterSide(image, 1.5), RangeError);
  assertThrows(() => centreCrop(image, 4), RangeError, "out of 4 x 3");
});
