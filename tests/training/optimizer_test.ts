/** Optimisers and schedules against PyTorch: tests/oracles/optimizers.py made the numbers. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { sameLayout, StoredVariable } from "../../lib/layers/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import {
  buildOptimizer,
  learningRateAt,
  type OptimizerChoice,
  type ScheduleChoice,
} from "../../lib/training/mod.ts";

const folder = new URL("../fixtures/optimizers/", import.meta.url);
const { tensors, metadata } = decodeSafetensors(
  Deno.readFileSync(new URL("steps.safetensors", folder)),
);
const cases = JSON.parse(metadata["cases"]!) as Record<string, Partial<OptimizerChoice>>;

// Fifty float32 updates of numbers of about 1 against float64: each rounds by up to 6e-8.
const TOLERANCE = 3e-6;

/** The oracle's gradient. */
function gradientAt(step: number, start: Float32Array, shift: number): Float32Array {
  return Float32Array.from(
    start,
    (value, i) => 10 ** -(i % 6) * (0.3 * value + Math.cos(1.7 * step + 0.9 * i + shift)),
  );
}

/** The oracle's learning rate. */
const rateAt = (step: number) => step < 30 ? 0.02 : 0.004;

for (const [name, options] of Object.entries(cases)) {
  Deno.test(`buildOptimizer() as ${name} equals PyTorch over 50 steps, and the tensor count stays`, async () => {
    const before = tf.memory().numTensors;
    const starts = ["a", "b"].map((key) => tensors.get(`start.${key}`)!);
    const parameters = new Map(["a", "b"].map((key, i) => {
      const { data, shape } = starts[i]!;
      return [key, new StoredVariable(data as Float32Array, sameLayout(shape))] as const;
    }));
    const kind = name.split(" ")[0] as OptimizerChoice["name"];
    const optimizer = buildOptimizer(parameters, { name: kind, learningRate: 0.02, ...options });
    let settled = 0;
    for (let step = 0; step < 50; step++) {
      tf.tidy(() => {
        const rates = optimizer.rates(rateAt(step), step + 1).map((rate) => tf.scalar(rate));
        ["a", "b"].forEach((key, i) => {
          const { data, shape } = starts[i]!;
          const gradient = tf.tensor(gradientAt(step, data as Float32Array, i), shape);
          optimizer.update(key, gradient, rates);
        });
      });
      if (step === 0) settled = tf.memory().numTensors;
      assertEquals(tf.memory().numTensors, settled);
      if (![1, 10, 50].includes(step + 1)) continue;
      for (const [key, parameter] of parameters) {
        const wanted = tensors.get(`${name}.${step + 1}.${key}`)!.data as Float64Array;
        const ours = await parameter.read();
        const difference = Math.max(...ours.map((value, i) => Math.abs(value - wanted[i]!)));
        assert(difference < TOLERANCE, `${key} after step ${step + 1} is off by ${difference}`);
        parameter.release();
      }
    }
    optimizer.dispose();
    for (const parameter of parameters.values()) parameter.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("Optimizer.state names its memory after the parameters", () => {
  const parameters = new Map([[
    "fc.bias",
    new StoredVariable(new Float32Array(2), sameLayout([2])),
  ]]);
  const namesOf = (choice: OptimizerChoice) => {
    const optimizer = buildOptimizer(parameters, choice);
    optimizer.dispose();
    return [...optimizer.state.keys()];
  };
  assertEquals(namesOf({ name: "sgd", learningRate: 1 }), []);
  assertEquals(namesOf({ name: "sgd", learningRate: 1, momentum: 0.9 }), ["momentum.fc.bias"]);
  assertEquals(namesOf({ name: "adam", learningRate: 1 }), ["mean.fc.bias", "square.fc.bias"]);
  parameters.get("fc.bias")!.dispose();
});

const { schedules } = JSON.parse(Deno.readTextFileSync(new URL("schedules.json", folder))) as {
  schedules: Record<
    string,
    { schedule: ScheduleChoice; initial: number; stepsPerEpoch: number; rates: number[] }
  >;
};
for (const [name, { schedule, initial, stepsPerEpoch, rates }] of Object.entries(schedules)) {
  Deno.test(`learningRateAt() equals PyTorch in every step of the schedule ${name}`, () => {
    const optimizer = { name: "sgd", learningRate: initial } as const;
    rates.forEach((rate, step) =>
      assertAlmostEquals(learningRateAt(step, { optimizer, schedule, stepsPerEpoch }), rate, 1e-15)
    );
  });
}

Deno.test("learningRateAt() of a constant schedule is the initial rate", () => {
  const optimizer = { name: "sgd", learningRate: 0.3 } as const;
  const options = { optimizer, schedule: { name: "constant" }, stepsPerEpoch: 4 } as const;
  assertEquals([0, 1, 1000].map((step) => learningRateAt(step, options)), [0.3, 0.3, 0.3]);
});
