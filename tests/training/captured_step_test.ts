/** The captured step of every network and every loss against the same step run op by op. */
import { assert, assertEquals } from "@std/assert";
import {
  type Loss,
  losses,
  lossNames,
  multiMarginAboveZero,
  multiMarginThresholded,
} from "../../lib/losses/mod.ts";
import { buildNetwork, type Network } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { Learner, type OptimizerChoice } from "../../lib/training/mod.ts";

interface Case {
  network: string;
  inputShape: [height: number, width: number, channels: number];
  count: number;
}

const momentum: OptimizerChoice = {
  name: "sgd",
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 5e-4,
};

function batchOf(step: number, { inputShape, count }: Case) {
  const shape = [count, ...inputShape];
  const pixels = new Float32Array(shape.reduce((a, b) => a * b));
  generator(step, "images").fillUniform(pixels);
  const labels = Int32Array.from({ length: count }, (_, i) => (step + i) % 5);
  return { images: tf.tensor(pixels, shape), labels: tf.tensor1d(labels, "int32") };
}

/** Losses, and all variables by name, after steps on other batches with falling rate. */
async function train(
  settings: Case,
  options: {
    captured: boolean;
    steps: number;
    loss: Loss;
    optimizer?: OptimizerChoice;
    microBatch?: number;
  },
) {
  const { steps, optimizer = momentum, ...others } = options;
  const { network: name, inputShape } = settings;
  const network = buildNetwork(name, { classes: 5, inputShape, seed: 0 });
  const learner = new Learner({ network, optimizer, seed: 3, ...others });
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = batchOf(step, settings);
    const loss = learner.step(batch, optimizer.learningRate / (1 + step));
    found.push((await loss.data())[0]!);
    tf.dispose([loss, batch.images, batch.labels]);
  }
  const variables = new Map<string, Float32Array>();
  for (const [name, variable] of learner.variables()) variables.set(name, await variable.read());
  learner.dispose();
  network.dispose();
  return { losses: found, variables };
}

const hem = losses.hem({ classCounts: [100, 100, 100, 100, 100] });

const networks: (Case & { same?: boolean })[] = [
  // Convolutions and batch norms: TensorFlow runs the same kernels in a function as one by one. The head alone is another
  // product (see below): its last digit is the loss's, not the gradients', which hang on HEM's weights of the errors.
  { network: "lenet", inputShape: [28, 28, 1], count: 4, same: true },
  { network: "convnet", inputShape: [28, 28, 1], count: 4, same: true },
  { network: "resnet32", inputShape: [8, 8, 3], count: 2, same: true },
  { network: "wrn22_10", inputShape: [8, 8, 3], count: 2, same: true },
  { network: "wrn28_10", inputShape: [8, 8, 3], count: 2, same: true },
  { network: "resnet18", inputShape: [8, 8, 3], count: 2, same: true },
  { network: "parn18", inputShape: [8, 8, 3], count: 2, same: true },
  // In a function a product with bias and activation is oneDNN's kernel (_MklNativeFusedMatMul), one by one Eigen's
  // (_FusedMatMul): equal within float32's rounding, 6e-8 of each sum's terms, which gradients through many layers add up.
  { network: "mlp", inputShape: [28, 28, 1], count: 8 },
  { network: "mobilenet_v3_small", inputShape: [32, 32, 3], count: 4 },
  { network: "mobilenet_v3_large", inputShape: [64, 64, 3], count: 4 },
  { network: "inception", inputShape: [64, 64, 3], count: 2 },
  { network: "resnet50", inputShape: [32, 32, 3], count: 2 },
  { network: "swin_v2_t", inputShape: [64, 64, 3], count: 2 },
  { network: "vit_b_16", inputShape: [32, 32, 3], count: 2 },
];

for (
  const settings of networks.filter(({ network }) => /^(lenet|convnet|resnet18)$/.test(network))
) {
  Deno.test(`Learner.step() of ${settings.network}, captured, leaves the variables of its ops bit for bit`, async () => {
    const eager = await train(settings, { captured: false, steps: 2, loss: hem });
    assertEquals(await train(settings, { captured: true, steps: 2, loss: hem }), eager);
  });
}

/** Loss and gradients of a step that moves nothing: what momentum remembers. */
async function gradientsOf(network: Network, settings: Case, captured: boolean) {
  const learner = new Learner({ network, optimizer: momentum, seed: 3, loss: hem, captured });
  const batch = batchOf(0, settings);
  const loss = learner.step(batch, 0);
  const value = (await loss.data())[0]!;
  const gradients = new Map<string, Float32Array>();
  for (const [name, variable] of learner.variables()) {
    if (name.startsWith("optimizer.")) gradients.set(name, await variable.read());
  }
  tf.dispose([loss, batch.images, batch.labels]);
  learner.dispose();
  return { value, gradients };
}

for (const settings of networks) {
  Deno.test(`Learner.step() of ${settings.network}, captured, has the gradients of its ops ${settings.same ? "bit for bit" : "within float32's rounding"}`, async () => {
    const { network: name, inputShape } = settings;
    const network = buildNetwork(name, { classes: 5, inputShape, seed: 0 });
    const eager = await gradientsOf(network, settings, false);
    const captured = await gradientsOf(network, settings, true);
    network.dispose();
    const ofGradients = settings.same ? 0 : 1e-5;
    assert(Math.abs(captured.value - eager.value) <= 1e-6 * Math.abs(eager.value));
    // By the largest gradient of all: many are 0 but for rounding, such as that of a shift before a batch norm.
    let [largest, worst, where] = [0, 0, ""];
    for (const [name, values] of eager.gradients) {
      const others = captured.gradients.get(name)!;
      for (let i = 0; i < values.length; i++) {
        const by = Math.abs(values[i]! - others[i]!);
        if (!(by <= worst)) [worst, where] = [by, name];
        largest = Math.max(largest, Math.abs(values[i]!));
      }
    }
    assert(worst <= ofGradients * largest, `${where} by ${worst} of ${largest}`);
  });
}

const classCounts = [50, 40, 30, 20, 10];
const allLosses: [string, Loss][] = [
  ...lossNames.map((name) => [name, losses[name]({ classCounts })] as [string, Loss]),
  ["mm+maz", multiMarginAboveZero()],
  ["mm+thres", multiMarginThresholded()],
  ["hem of exponent 1/2", losses.hem({ classCounts, options: { exponent: 0.5 } })],
];

for (const [name, loss] of allLosses) {
  Deno.test(`Learner.step() with ${name}, captured, is that of its ops, whole and in parts`, async () => {
    const lenet: Case = { network: "lenet", inputShape: [16, 16, 1], count: 6 };
    for (const parts of [{}, { microBatch: 4 }]) {
      const options = {
        steps: 2,
        loss,
        optimizer: { name: "adam", learningRate: 1e-3 },
        ...parts,
      } as const;
      const eager = await train(lenet, { captured: false, ...options });
      const captured = await train(lenet, { captured: true, ...options });
      if (name !== "dice") assertEquals(captured, eager);
      // Softmax is oneDNN's in a function.
      else captured.losses.forEach((loss, i) => assert(Math.abs(loss - eager.losses[i]!) < 1e-6));
    }
  });
}
