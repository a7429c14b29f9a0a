// What XLA compiles inside of a step: the same numbers as op by op, alone and as a part of a captured step.
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  averagedConvolution,
  averagePool,
  capture,
  convolution,
  gelu,
  tf,
  valueAndGradients,
} from "../../lib/tensorflow/mod.ts";
import { compiled } from "../../lib/tensorflow/compiled.ts";

// So many numbers are compiled.
const ROWS = 1 << 10;
const COLUMNS = 1 << 10;

/** The largest difference of two tensors. */
function difference(a: Tensor, b: Tensor): number {
  assertEquals(a.shape, b.shape);
  return tf.tidy(() => a.sub(b).abs().max().dataSync()[0]!);
}

Deno.test("gelu() of many numbers equals that of few, which equals PyTorch, with its gradient, alone and captured", () => {
  const step = ({ x, dy }: { x: Tensor; dy: Tensor }) => {
    const { value, gradients } = valueAndGradients(() => gelu(x).mul(dy).sum(), [x]);
    value.dispose();
    return { y: gelu(x), dx: gradients[0]! };
  };
  const captured = capture(step);
  const [x, dy] = [tf.randomNormal([ROWS, COLUMNS]).mul(3), tf.randomNormal([ROWS, COLUMNS])];
  const few = { x: x.slice(0, 16), dy: dy.slice(0, 16) };
  const expected = step(few);
  for (const run of [step, captured]) {
    const { y, dx } = run({ x, dy });
    // Of numbers up to about 15, with erf by another polynomial: a few of float32's last digits.
    assert(difference(y.slice(0, 16), expected.y) < 4e-6);
    assert(difference(dx.slice(0, 16), expected.dx) < 4e-6);
  }
  captured.dispose();
});

for (const [name, height, width] of [["fit", 64, 64], ["do not fit", 65, 64]] as const) {
  Deno.test(`averagedConvolution() equals its two parts to the last digit where windows ${name}`, () => {
    // Maps of 2^20 numbers, which are compiled where windows fit.
    const x = tf.randomNormal([8, height, width, 3]);
    const [filter, bias] = [tf.randomNormal([3, 3, 3, 32]), tf.randomNormal([32])];
    const options = { padding: 1, activation: "relu" } as const;
    const weights = tf.randomNormal([8, height >> 1, width >> 1, 32]);
    const sides = [
      (x: Tensor, filter: Tensor, bias: Tensor) => averagedConvolution(x, filter, bias, 2, options),
      (x: Tensor, filter: Tensor, bias: Tensor) =>
        averagePool(convolution(x, filter, bias, options), 2),
    ].map((f) => {
      const step = capture(({ x, filter, bias }: Record<"x" | "filter" | "bias", Tensor>) => {
        const sum = () => f(x, filter, bias).mul(weights).sum();
        return [f(x, filter, bias), ...valueAndGradients(sum, [x, filter, bias]).gradients];
      }, { outside: true });
      const results = step({ x, filter, bias });
      step.dispose();
      return results;
    });
    sides[0]!.forEach((result, i) => assertEquals(difference(result, sides[1]![i]!), 0));
  });
}

Deno.test("a step with a compiled part has the same bits each time, also when it is captured and compiled anew", () => {
  const [x, dy] = [tf.randomNormal([ROWS, COLUMNS]), tf.randomNormal([ROWS, COLUMNS])];
  const runs = [1, 2].flatMap(() => {
    const part = compiled("Part", ([x, dy]) => [tf.mul(tf.exp(tf.sub(x!, dy!)), dy!)]);
    const step = capture(({ x, dy }: { x: Tensor; dy: Tensor }) => part([x, dy]));
    const results = [step({ x, dy })[0]!, step({ x, dy })[0]!];
    step.dispose();
    return results;
  });
  for (const run of runs) assertEquals(difference(run, runs[0]!), 0);
});

Deno.test("compiled() compiles once for each shape, and runs few numbers op by op", () => {
  let runs = 0;
  const twice = compiled("Twice", ([x]) => (runs++, [tf.add(x!, x!)]));
  const many = tf.ones([ROWS, COLUMNS]);
  for (let i = 0; i < 3; i++) {
    const [y] = twice([many]);
    assertAlmostEquals(y!.slice([5, 5], [1, 1]).dataSync()[0]!, 2);
  }
  assertEquals(runs, 1);
  twice([many.reshape([2 * ROWS, COLUMNS / 2])]);
  assertEquals(runs, 2);
  const few = tf.ones([2]);
  twice([few]);
  twice([few]);
  assertEquals(runs, 4);
});
