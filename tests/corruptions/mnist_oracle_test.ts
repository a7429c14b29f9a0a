import { assert, assertEquals } from "@std/assert";
import { mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { bytesOf, corrupted, difference, digit, fixture, imageOf } from "./mnist_fixture.ts";

for (const name of Object.keys(mnistCorruptions)) {
  Deno.test(`${name} equals the original's formulas byte for byte, at every severity`, async () => {
    const cases = fixture.cases.filter(({ corruption }) => corruption === name);
    assert(cases.length >= 7);
    for (const one of cases) {
      const { image, severity, rounding } = one;
      assertEquals(
        difference(await corrupted(one), bytesOf(one.out)),
        { largest: 0, pixels: 0 },
        `${image} at severity ${severity}, ${rounding}`,
      );
    }
  });
}

Deno.test("canny_edges equals scikit-image's canny on 60 digits and on noise", async () => {
  assert(fixture.canny.length >= 60);
  for (const { image, edges } of fixture.canny) {
    const ours = mnistCorruptions.canny_edges.apply(await imageOf(image), undefined);
    const theirs = unpacked(bytesOf(edges));
    assertEquals(difference(ours, theirs), { largest: 0, pixels: 0 }, String(image));
  }
});

Deno.test("shear is not that of later versions of scikit-image", async () => {
  const ours = mnistCorruptions.shear.apply(await digit(0), 1);
  const { largest, pixels } = difference(ours, bytesOf(fixture.laterShear));
  assert(largest > 100 && pixels > 100, `${largest}, ${pixels}`);
});

/** Bytes of 0 and 255 from bits, the first of a byte its highest. */
function unpacked(bits: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: 8 * bits.length },
    (_, i) => 255 * ((bits[i >> 3]! >> (7 - i % 8)) & 1),
  );
}
