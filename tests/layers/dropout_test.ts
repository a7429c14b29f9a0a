import { assert, assertEquals, assertThrows } from "@std/assert";
import { Dropout } from "../../lib/layers/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

/** The images [N, H, W, C] that a layer makes of ones while training. */
function dropped(layer: Dropout): number[][][][] {
  return tf.tidy(() => {
    const seed = tf.scalar(3, "int32");
    return layer.forward(tf.ones([8, 3, 3, 16]), { training: true, seed })
      .arraySync() as number[][][][];
  });
}

Deno.test("Dropout of channels drops each map of a sample whole, or leaves it whole", () => {
  const images = dropped(new Dropout(0.5, "dropout", "channels"));
  for (const [first, ...rest] of images.map((image) => image.flat())) {
    for (const pixel of rest) assertEquals(pixel, first);
    assert(first!.includes(0) && first!.includes(2));
  }
});

Deno.test("Dropout of samples drops whole samples, and not all of them", () => {
  const samples = dropped(new Dropout(0.5, "dropout", "samples")).map((image) => image.flat(2));
  for (const [first, ...rest] of samples) for (const value of rest) assertEquals(value, first);
  assertEquals(new Set(samples.map(([first]) => first)), new Set([0, 2]));
});

Deno.test("Dropout of values drops them singly, layers of other names others", () => {
  const values = dropped(new Dropout(0.5, "dropout"));
  assert(values.every((image) => image.flat().every((pixel) => new Set(pixel).size === 2)));
  assert(JSON.stringify(dropped(new Dropout(0.5, "other"))) !== JSON.stringify(values));
});

Deno.test("Dropout leaves images alone outside of training and without a seed", () => {
  tf.tidy(() => {
    const [x, seed] = [tf.ones([2, 2, 2, 2]), tf.scalar(3, "int32")];
    for (const kind of ["values", "channels", "samples"] as const) {
      const layer = new Dropout(0.5, "dropout", kind);
      assertEquals(layer.forward(x, { training: false, seed }), x);
      assertEquals(layer.forward(x, { training: true }), x);
    }
  });
});

Deno.test("Dropout refuses a probability that is none, or 1", () => {
  for (const probability of [-0.1, 1, NaN]) {
    assertThrows(
      () => new Dropout(probability, "dropout"),
      RangeError,
      `probability ${probability}`,
    );
  }
});
