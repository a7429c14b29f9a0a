/** Normalisation fused with what is around it, against the same composed of TensorFlow.js's own ops. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  Initialiser,
  type StoredVariable,
} from "../../lib/layers/mod.ts";
import { capture, tf } from "../../lib/tensorflow/mod.ts";
import { valueAndGradientsOf } from "../tensorflow/fixtures.ts";

const EPSILON = 1e-5;
const [INTO, OUT] = [3, 4];

interface Parts {
  unit: ConvNorm;
  /** filter, gamma, beta */
  parameters: StoredVariable[];
  statistics: { mean: Tensor; variance: Tensor };
  dispose: () => void;
}

function parts(activation: "none" | "relu", stride: number): Parts {
  const convolution = new Convolution(INTO, OUT, 3, {
    stride,
    padding: 1,
    bias: false,
    initialiser: new Initialiser(1),
  });
  const norm = new BatchNorm(OUT, { activation });
  const [gamma, beta, mean, variance] = norm.variables as StoredVariable[];
  gamma!.assign(Float32Array.of(0.5, 1, 1.5, -0.7));
  beta!.assign(Float32Array.of(0.1, -0.2, 0.3, 0));
  mean!.assign(Float32Array.of(0.2, 0.1, -0.3, 0));
  variance!.assign(Float32Array.of(0.5, 1, 2, 0.1));
  return {
    unit: new ConvNorm(convolution, norm),
    parameters: [convolution.weight, gamma!, beta!],
    statistics: {
      mean: tf.tensor1d([0.2, 0.1, -0.3, 0]),
      variance: tf.tensor1d([0.5, 1, 2, 0.1]),
    },
    dispose: () => [convolution, norm].forEach((layer) => layer.dispose()),
  };
}

/** Convolution, normalisation, sum and ReLU one by one. */
function composed(
  [x, filter, gamma, beta, residual]: Tensor[],
  { stride, activation, training, statistics }: {
    stride: number;
    activation: "none" | "relu";
    training: boolean;
    statistics: Parts["statistics"];
  },
): Tensor {
  const padded = x!.pad([[0, 0], [1, 1], [1, 1], [0, 0]]) as Tensor4D;
  const h: Tensor = tf.conv2d(padded, filter as never, stride, "valid");
  const { mean, variance } = training ? tf.moments(h, [0, 1, 2]) : statistics;
  const normalised = h.sub(mean).mul(variance.add(EPSILON).rsqrt()).mul(gamma!).add(beta!);
  const sum = residual ? normalised.add(residual) : normalised;
  return activation === "relu" ? sum.relu() : sum;
}

function assertNear(what: string, ours: Tensor, wanted: Tensor) {
  assertEquals(ours.shape, wanted.shape, what);
  const difference = ours.sub(wanted).abs().max().dataSync()[0]!;
  const size = Math.max(1, wanted.abs().max().dataSync()[0]!);
  assert(difference <= 2e-5 * size, `${what}: off by ${difference} of ${size}`);
}

for (const training of [true, false]) {
  for (const activation of ["none", "relu"] as const) {
    for (const withResidual of [true, false]) {
      for (const stride of [1, 2]) {
        const name = `${training ? "training" : "inference"}, ${activation}, stride ${stride}` +
          (withResidual ? ", residual" : "");
        Deno.test(`ConvNorm equals its parts: ${name}`, () => {
          const { unit, parameters, statistics, dispose } = parts(activation, stride);
          const x = tf.randomNormal([2, 8, 6, INTO], 0, 1, "float32", 5);
          const residual = tf.randomNormal([2, 8 / stride, 6 / stride, OUT], 0, 1, "float32", 6);
          const others = withResidual ? [residual] : [];
          const run = () =>
            tf.tidy(() => {
              const inputs = [x, ...parameters.map(({ value }) => value), ...others];
              // The layer reads its own variables, whose values are these tensors.
              const ours = valueAndGradientsOf(
                (x) => unit.forward(x!, { training }, others[0]),
                inputs,
              );
              const wanted = valueAndGradientsOf(
                (...inputs) => composed(inputs, { stride, activation, training, statistics }),
                inputs,
              );
              assertNear("value", ours.value, wanted.value);
              ["x", "filter", "gamma", "beta", "residual"].slice(0, inputs.length).forEach(
                (key, i) => assertNear(key, ours.gradients[i]!, wanted.gradients[i]!),
              );
              tf.dispose([ours.value, wanted.value]);
            });
          run();
          const before = tf.memory().numTensors;
          // While training, the running statistics moved; only what is computed from the batch is compared.
          run();
          assertEquals(tf.memory().numTensors, before);
          dispose();
          tf.dispose([x, residual, statistics.mean, statistics.variance]);
        });
      }
    }
  }
}

Deno.test("ConvNorm folds anew when a weight or a running statistic has changed", () => {
  const { unit, parameters, statistics, dispose } = parts("none", 1);
  const x = tf.ones([1, 4, 4, INTO]);
  const infer = () => unit.forward(x, { training: false }).dataSync();
  tf.tidy(() => {
    const first = infer();
    parameters[2]!.assign(Float32Array.of(10.1, 9.8, 10.3, 10));
    const second = infer();
    first.forEach((value, i) => assert(Math.abs(second[i]! - value - 10) < 1e-4));
    unit.forward(x, { training: true });
    assert(infer().some((value, i) => Math.abs(value - second[i]!) > 1e-3));
  });
  dispose();
  tf.dispose([x, statistics.mean, statistics.variance]);
});

Deno.test("ConvNorm, captured, has the present numbers however often a weight changes", () => {
  const { unit, parameters, statistics, dispose } = parts("none", 1);
  const [x, y] = [tf.ones([1, 4, 4, INTO]), tf.ones([2, 4, 4, INTO])] as [Tensor, Tensor];
  const forward = (x: Tensor) => unit.forward(x, { training: false });
  const captured = capture(forward);
  const other = capture((x: Tensor) => unit.forward(x, { training: false }).mul(1));
  const weights = parameters[0]!.value.dataSync() as Float32Array;
  for (let round = 1; round <= 4; round++) {
    parameters[0]!.assign(weights.map((weight) => round * weight));
    for (const images of [x, y, x, y, x]) {
      tf.tidy(() => {
        const wanted = forward(images).dataSync();
        for (const step of [captured, other]) {
          const values = step(images).dataSync();
          values.forEach((value, i) => assert(Math.abs(value - wanted[i]!) < 1e-5, `${round}`));
        }
      });
    }
  }
  for (const step of [captured, other]) step.dispose();
  dispose();
  tf.dispose([x, y, statistics.mean, statistics.variance]);
});
