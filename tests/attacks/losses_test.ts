import { assertAlmostEquals } from "@std/assert";
import { crossEntropyOfEach, logitDifference, targetedDlr } from "../../lib/attacks/losses.ts";
import { towards } from "../../lib/attacks/targets.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

// The classifier of the golden traces at its image; the losses as computed in float64.
const logits = [-0.126871, 0.690085, 0.518374, -0.395999, -0.743034];
const label = 1;
const byTarget = [[2, -0.180460], [0, -0.858580], [3, -1.141420], [4, -1.506135]] as const;

type Loss = (values: readonly number[]) => number;

function assertLoss(
  what: string,
  evaluate: () => { value: ReturnType<typeof tf.tensor>; gradient: ReturnType<typeof tf.tensor> },
  loss: Loss,
  expected: number,
) {
  const { value, gradient } = tf.tidy(() => {
    const { value, gradient } = evaluate();
    return { value: value.dataSync()[0]!, gradient: [...gradient.dataSync()] };
  }) as unknown as { value: number; gradient: number[] };
  assertAlmostEquals(value, expected, 2e-6, what);
  // Central differences in float64: off by h^2 times the third derivative.
  const h = 1e-5;
  gradient.forEach((slope, i) => {
    const at = (step: number) => loss(logits.map((z, k) => k === i ? z + step : z));
    assertAlmostEquals(slope, (at(h) - at(-h)) / (2 * h), 5e-6, `${what}: gradient by logit ${i}`);
  });
}

const batch = (target: number) =>
  towards(
    {
      clean: new Float32Array(0),
      labels: Int32Array.of(label),
      logits: new Float32Array(0),
      classes: 5,
    },
    Int32Array.of(target),
  );

Deno.test("crossEntropyOfEach() has the value and gradient of the formula", () => {
  const loss: Loss = (z) => Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0)) - z[label]!;
  const evaluate = () => crossEntropyOfEach(tf.tensor2d([logits]), tf.tensor1d([label], "int32"));
  assertLoss("cross-entropy", evaluate, loss, 1.050855);
});

Deno.test("targetedDlr() has the value and gradient of the formula, the sorted logits' included", () => {
  for (const [target, expected] of byTarget) {
    const loss: Loss = (z) => {
      const sorted = z.toSorted((a, b) => b - a);
      return -(z[label]! - z[target]!) / (sorted[0]! - (sorted[2]! + sorted[3]!) / 2 + 1e-12);
    };
    const evaluate = () => targetedDlr(tf.tensor2d([logits]), batch(target));
    assertLoss(`target ${target}`, evaluate, loss, expected);
  }
});

Deno.test("logitDifference() is the target's logit minus the label's", () => {
  const loss: Loss = (z) => z[2]! - z[label]!;
  const evaluate = () => logitDifference(tf.tensor2d([logits]), batch(2));
  assertLoss("difference", evaluate, loss, 0.518374 - 0.690085);
});
