// Against NumPy, SciPy, scikit-image, OpenCV, Pillow and ImageMagick: tests/oracles/corruptions_image_fixtures.py.
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import {
  type ImageCorruption,
  type ImageCorruptionName,
  imageCorruptions,
  resizeLinear,
} from "../../lib/corruptions/mod.ts";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { testField, testImage } from "./image_case.ts";

// OpenCV correlates with large kernels through a Fourier transform; of 12 million bytes one was on the other side of its cut
const LARGEST_DIFFERENCE: Partial<Record<ImageCorruptionName, number>> = { defocus_blur: 1 };

for (const side of [32, 64, 224] as const) {
  const { tensors, metadata } = decodeSafetensors(
    Deno.readFileSync(
      new URL(`../fixtures/corruptions/image_${side}.safetensors`, import.meta.url),
    ),
  );
  const names = JSON.parse(metadata.names!) as ImageCorruptionName[];
  const hashes = JSON.parse(metadata.sha256!) as Record<string, string>;
  const stride = Number(metadata.stride);

  names.forEach((name, index) => {
    Deno.test(`${name}.apply() equals the libraries at every severity, images of ${side}`, () => {
      const corruption: ImageCorruption = imageCorruptions[name] as ImageCorruption;
      for (let severity = 1; severity <= 5; severity++) {
        const seed = 100 * index + severity;
        const field = testField(name, side, severity, seed);
        const out = corruption.apply(testImage(side, seed), field, { severity });
        const wanted = tensors.get(`${name}/${severity}`)!.data as Uint8Array;
        const found = wanted.map((_, i) => out[i * stride]!);
        const allowed = side === 224 ? LARGEST_DIFFERENCE[name] ?? 0 : 0;
        const worst = found.reduce((d, byte, i) => Math.max(d, Math.abs(byte - wanted[i]!)), 0);
        assert(worst <= allowed, `severity ${severity}: differs by ${worst}`);
        if (allowed === 0) assertEquals(sha256(out), hashes[`${name}/${severity}`]);
      }
    });
  });
}

Deno.test("resizeLinear() equals OpenCV, which rounds half a row to the even one", () => {
  for (const side of [32, 64, 224]) {
    const file = new URL(`../fixtures/corruptions/image_${side}.safetensors`, import.meta.url);
    const { metadata } = decodeSafetensors(Deno.readFileSync(file));
    const hashes = JSON.parse(metadata.resized!) as Record<string, string>;
    for (const factor of [0.2, 0.3]) {
      const image = { height: side, width: side, pixels: testImage(side, 9) };
      assertEquals(sha256(resizeLinear(image, factor).pixels), hashes[factor]);
    }
  }
  // 0.3 * 315 = 94.5
  const tall = { height: 315, width: 10, pixels: new Uint8Array(9450) };
  assertEquals(resizeLinear(tall, 0.3).height, 94);
});

Deno.test("imageCorruptions has every corruption of the fixtures", () => {
  const file = new URL("../fixtures/corruptions/image_32.safetensors", import.meta.url);
  const { metadata } = decodeSafetensors(Deno.readFileSync(file));
  assertEquals(Object.keys(imageCorruptions).sort(), JSON.parse(metadata.names!).sort());
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
