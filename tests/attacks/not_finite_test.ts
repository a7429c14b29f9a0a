/** Models whose logits are not finite where the images are changed. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { autoAttack } from "../../lib/attacks/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

const CLASSES = 5;

/** Two pixels an image decide; where any pixel is above 1/2, `poison` is added to the logit of class `at`. */
function poisoned(poison: number, at: number, weights: Tensor) {
  return (images: Tensor4D): Tensor => {
    const rows = images.reshape([-1, 4]);
    const added = tf.customGrad((x) => {
      const bad = (x as Tensor).max(1, true).greater(0.5).toFloat();
      const where = tf.oneHot(tf.tensor1d([at], "int32"), CLASSES).toFloat();
      const value = tf.where(bad.mul(where).greater(0), tf.scalar(poison), tf.scalar(0));
      return { value, gradFunc: () => tf.zerosLike(x as Tensor) };
    })(rows);
    return rows.matMul(weights as never).add(added);
  };
}

/** Images of which class `label` has the largest logit by far, and no pixel is above 1/2. */
function cleanImages(): Tensor4D {
  return tf.fill([3, 2, 2, 1], 0.49) as Tensor4D;
}

function weightsFor(label: number): Tensor {
  return tf.tensor2d(
    Float32Array.from({ length: 4 * CLASSES }, (_, i) => i % CLASSES === label ? 3 : 0.01 * i),
    [4, CLASSES],
  );
}

for (const norm of ["linf", "l2"] as const) {
  Deno.test(`autoAttack() refuses logits that are not finite where images are changed, whatever the label (${norm})`, async () => {
    for (const poison of [NaN, Infinity, -Infinity]) {
      for (const [label, at] of [[0, 0], [0, 1], [4, 0], [4, 4], [2, 3]] as const) {
        const weights = weightsFor(label);
        const images = cleanImages();
        const tensors = tf.memory().numTensors;
        await assertRejects(
          () =>
            autoAttack(poisoned(poison, at, weights), images, [label, label, label], {
              norm,
              epsilon: 0.1,
              queries: 30,
            }),
          RangeError,
          "not finite",
        );
        assertEquals(tf.memory().numTensors, tensors);
        tf.dispose([weights, images]);
      }
    }
  });
}

Deno.test("autoAttack() refuses logits that only an attack without gradients meets as not finite", async () => {
  const weights = weightsFor(1);
  const images = cleanImages();
  const tensors = tf.memory().numTensors;
  let passes = 0;
  // A fresh NaN late in the run: Square Attack's queries are the last of all.
  const model = (x: Tensor4D) => {
    const logits = x.reshape([-1, 4]).matMul(weights as never);
    return ++passes > 400 ? logits.add(NaN) : logits;
  };
  await assertRejects(
    () =>
      autoAttack(model, images, [1, 1, 1], {
        norm: "linf",
        epsilon: 0.01,
        queries: 400,
        captured: false,
      }),
    RangeError,
    "not finite",
  );
  assertEquals(tf.memory().numTensors, tensors);
  // A model without a gradient.
  const flat = (x: Tensor4D) => {
    const logits = x.reshape([-1, 4]).matMul(weights as never);
    return tf.tensor(logits.dataSync<"float32">(), logits.shape);
  };
  const options = { norm: "linf", epsilon: 0.01, captured: false } as const;
  await assertRejects(
    () => autoAttack(flat, images, [1, 1, 1], options),
    TypeError,
    "There is no gradient",
  );
  assertEquals(tf.memory().numTensors, tensors);
  tf.dispose([weights, images]);
});

Deno.test("autoAttack() refuses gradients that are not finite", async () => {
  const weights = weightsFor(1);
  const images = cleanImages();
  const model = (x: Tensor4D) =>
    tf.customGrad((x) => ({
      value: (x as Tensor).reshape([-1, 4]).matMul(weights as never),
      gradFunc: () => tf.fill((x as Tensor).shape, NaN),
    }))(x);
  for (const norm of ["linf", "l2"] as const) {
    await assertRejects(
      () => autoAttack(model, images, [1, 1, 1], { norm, epsilon: 0.1, queries: 30 }),
      RangeError,
      "not finite",
    );
  }
  tf.dispose([weights, images]);
});
