import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gaussianFilter, gaussianKernel } from "../../lib/corruptions/mod.ts";
import { field } from "../datasets/fixture.ts";
import { fixture } from "./mnist_fixture.ts";

Deno.test("gaussianFilter() equals SciPy's with every border, per axis and per channel", () => {
  for (const { shape, sigma, border, blurred } of fixture.gaussians) {
    const ours = gaussianFilter(field(blurred.length, 0.35), shape, { sigma, border });
    ours.forEach((value, i) => assertAlmostEquals(value, blurred[i]!, 1e-14));
  }
});

Deno.test("gaussianFilter() leaves alone what it should not blur", () => {
  const image = field(12, 0.1);
  assertEquals(gaussianFilter(image, [3, 4, 1], { sigma: 0 }), image);
  // a radius of floor(4 sigma + 1/2) = 0
  assertEquals(gaussianFilter(image, [3, 4, 1], { sigma: 0.12 }), image);
});

Deno.test("gaussianFilter() does not change its input", () => {
  const image = field(12, 0.1);
  gaussianFilter(image, [3, 4, 1], { sigma: 1 });
  assertEquals(image, field(12, 0.1));
});

Deno.test("gaussianKernel() sums to one and ends at `truncate` standard deviations", () => {
  for (const [sigma, truncate, radius] of [[1, 4, 4], [1.5, 4, 6], [2, 3, 6], [0.7, 4, 3]]) {
    const kernel = gaussianKernel(sigma!, truncate);
    assertEquals(kernel.length - 1, radius);
    assertAlmostEquals(kernel.reduce((sum, w, i) => sum + (i === 0 ? w : 2 * w), 0), 1, 1e-15);
  }
});

Deno.test("gaussianFilter() refuses a sigma that is no width", () => {
  for (const sigma of [-1, NaN, Infinity]) {
    const error = assertThrows(
      () => gaussianFilter(new Float64Array(4), [2, 2, 1], { sigma }),
      RangeError,
    ) as Error;
    assert(error.message.includes(String(sigma)));
  }
});
