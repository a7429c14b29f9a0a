/** Losses of so many pixels that XLA compiles them: the same as op by op, which equals PyTorch. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { capture, isCompiled, tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";
import { distance, evaluate, randomBatch, size } from "./evaluate.ts";
import { table } from "./table.ts";

const CLASSES = 8;
const FEW = 32;
/** How often the few come again. */
const TIMES = 4096;
const SHAPE = [16, 64, 128, CLASSES];

type Pixels = Record<"logits" | "labels", Tensor>;

/** A few samples, some of them ignored and of those one not finite, and the same again and again as pixels of images. */
function repeated(ignored: number) {
  const few = randomBatch([FEW, CLASSES], { seed: 37, ignoreLabel: 255, ignored });
  const odd = few.labels.indexOf(255);
  if (odd >= 0) few.logits.fill(NaN, CLASSES * odd, CLASSES * (odd + 1));
  const [logits, labels] = tf.tidy(() => [
    tf.tensor(few.logits, [FEW, CLASSES]).tile([TIMES, 1]).reshape(SHAPE),
    tf.tensor(few.labels, [FEW], "int32").tile([TIMES]).reshape(SHAPE.slice(0, -1)),
  ]) as [Tensor, Tensor];
  assert(isCompiled(logits));
  return { few, logits, labels };
}

for (const [name, make] of Object.entries(table)) {
  // DICE's has sums over all samples, here of the same few numbers again and again, whose rounding errors have one sign.
  const tolerance = name.startsWith("dice") ? 1e-4 : 4e-6;
  Deno.test(`${name} of many pixels is what it is op by op, alone and in a captured step`, () => {
    for (const ignored of [0, 0.3]) {
      const loss = make({ classes: CLASSES, ...(ignored > 0 && { ignoreLabel: 255 }) });
      const { few, logits, labels } = repeated(ignored);
      // Other numbers everywhere, for the same reason.
      const other = tf.tidy(() =>
        tf.randomNormal([16, 64, 1, CLASSES], 0, 1, "float32", 41)
          .add(tf.randomNormal([1, 1, 128, CLASSES], 0, 1, "float32", 43))
      );
      // Something above the loss, as in a sum of losses.
      const step = ({ logits, labels }: Pixels) =>
        tf.tidy(() => {
          const above = () => loss(logits, labels).mul(3);
          const { value, gradients } = valueAndGradients(above, [logits]);
          return [value, gradients[0]!] as const;
        });
      const captured = capture(step);
      const each = evaluate(loss, few).gradient.map((slope) => 3 * slope / TIMES);
      const before = tf.memory().numTensors;
      for (const run of [step, captured]) {
        tf.tidy(() => {
          const slopes = run({ logits, labels })[1]!.reshape([TIMES, FEW * CLASSES]);
          for (const found of [slopes.min(0), slopes.max(0)]) {
            assert(distance(found.dataSync(), each) <= tolerance * size(each));
          }
          // No gradient is asked for, and nothing compiled.
          const expected = 3 * loss(other, labels).dataSync()[0]!;
          const found = run({ logits: other, labels })[0]!.dataSync()[0]!;
          // Sums of 64 numbers at a time.
          assert(Math.abs(found - expected) <= 64 * 2 ** -24 * expected, `${found} ${expected}`);
        });
      }
      assertEquals(tf.memory().numTensors, before);
      captured.dispose();
      tf.dispose([logits, labels, other]);
    }
  });
}

Deno.test("a label of many that is no class is an error", () => {
  const { logits, labels } = repeated(0.3);
  for (const name of ["ce", "dice", "hem"]) {
    const loss = table[name]!({ classes: CLASSES });
    assertThrows(
      () => tf.tidy(() => valueAndGradients(() => loss(logits, labels), [logits])),
      Error,
      "255 is not in [0, 8)",
    );
  }
  tf.dispose([logits, labels]);
});
