import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Fourier2d } from "../../lib/datasets/fourier.ts";
import { field, fixture } from "./fixture.ts";

for (const { shape: [height, width], re, im } of fixture.phases) {
  Deno.test(`Fourier2d.forward() equals NumPy's fft2: ${height} x ${width}`, () => {
    const plane = field(height * width, 0.25);
    const spectrum = new Fourier2d(height, width).forward({ re: plane, im: plane.map(() => 0) });
    spectrum.re.forEach((value, k) => assertAlmostEquals(value, re[k]!, 1e-10));
    spectrum.im.forEach((value, k) => assertAlmostEquals(value, im[k]!, 1e-10));
  });
}

Deno.test("Fourier2d.inverse() undoes forward() for complex arrays of any size", () => {
  for (const [height, width] of [[1, 1], [1, 7], [2, 3], [13, 4], [28, 28], [64, 32]] as const) {
    const [re, im] = [field(height * width, 0.1), field(height * width, 0.2)];
    const fourier = new Fourier2d(height, width);
    const back = fourier.inverse(fourier.forward({ re, im }));
    back.re.forEach((value, i) => assertAlmostEquals(value, re[i]!, 1e-13));
    back.im.forEach((value, i) => assertAlmostEquals(value, im[i]!, 1e-13));
  }
});

Deno.test("Fourier2d.mirror() is the index of the negative frequency", () => {
  const fourier = new Fourier2d(3, 4);
  assertEquals(
    Array.from({ length: 12 }, (_, k) => fourier.mirror(k)),
    [
      [0, 3, 2, 1],
      [8, 11, 10, 9],
      [4, 7, 6, 5],
    ].flat(),
  );
});
