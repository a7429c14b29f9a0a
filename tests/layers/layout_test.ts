/** Layouts against a computation of every index by itself. */
import { assertEquals } from "@std/assert";
import { filterLayout, flattenedLayout, type Layout, sameLayout } from "../../lib/layers/mod.ts";

const [out, into, height, width] = [5, 4, 3, 2];

/** Values in PyTorch's order; each says where it stands. */
const counting = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

function assertRoundTrip(layout: Layout, size: number) {
  const values = counting(size);
  assertEquals(layout.toPyTorch(layout.fromPyTorch(values)), values);
  assertEquals(layout.fromPyTorch(layout.toPyTorch(values)), values);
}

Deno.test("filterLayout() puts [out, in, kH, kW] into [kH, kW, in, out]", () => {
  const layout = filterLayout(out, into, height, width);
  assertEquals(layout.shape, [height, width, into, out]);
  assertEquals(layout.pyTorchShape, [out, into, height, width]);
  const ours = layout.fromPyTorch(counting(out * into * height * width));
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < into; i++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const theirs = ((o * into + i) * height + y) * width + x;
          assertEquals(ours[((y * width + x) * into + i) * out + o], theirs);
        }
      }
    }
  }
  assertRoundTrip(layout, out * into * height * width);
});

Deno.test("flattenedLayout() puts [out, C * H * W] into [H * W * C, out]", () => {
  const layout = flattenedLayout(out, height, width, into);
  const features = height * width * into;
  assertEquals(layout.shape, [features, out]);
  assertEquals(layout.pyTorchShape, [out, features]);
  const ours = layout.fromPyTorch(counting(out * features));
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < into; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const theirs = o * features + (c * height + y) * width + x;
          assertEquals(ours[((y * width + x) * into + c) * out + o], theirs);
        }
      }
    }
  }
  assertRoundTrip(layout, out * features);
});

Deno.test("sameLayout() leaves values as they are", () => {
  const layout = sameLayout([2, 3]);
  assertEquals(layout.shape, [2, 3]);
  assertEquals(layout.pyTorchShape, [2, 3]);
  assertRoundTrip(layout, 6);
});
