/** The networks in the benchmark: a training step and inference. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { crossEntropy } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { capture, tf } from "../../lib/tensorflow/mod.ts";
import { Learner, type OptimizerChoice } from "../../lib/training/mod.ts";
import settings from "./networks.json" with { type: "json" };
import type { TimeCase } from "./time_case.ts";

interface NetworkCase {
  network: string;
  inputShape: [height: number, width: number, channels: number];
  classes: number;
  batchSize: number;
}

/** The networks of the paper, with batches that a CPU gets through in seconds; pytorch_networks.py reads them too. */
const networks = settings as NetworkCase[];

/** As the paper's recipes: Adam for MNIST's networks, SGD or AdamW with weight decay for the others. */
function optimizerOf({ network }: NetworkCase): OptimizerChoice {
  if (/^(lenet|convnet|mlp)$/.test(network)) return { name: "adam", learningRate: 1e-3 };
  if (/^(swin|vit)/.test(network)) {
    return { name: "adamw", learningRate: 1e-3, weightDecay: 0.05 };
  }
  return { name: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 };
}

/** Training and inference of every network. */
export const networkCases: readonly TimeCase[] = networks.flatMap((settings) => [
  { name: `train/${settings.network}`, make: (options) => training(settings, options) },
  { name: `infer/${settings.network}`, make: (options) => inference(settings, options) },
]);

/** Uniform pixels and labels. */
function batchOf(
  { inputShape, classes, batchSize }: NetworkCase,
): [images: Tensor, labels: Tensor] {
  const shape = [batchSize, ...inputShape];
  const generate = generator(0, "bench");
  const pixels = new Float32Array(shape.reduce((a, b) => a * b));
  generate.fillUniform(pixels);
  const labels = Int32Array.from({ length: batchSize }, () => generate.integer(classes));
  return [tf.tensor(pixels, shape), tf.tensor1d(labels, "int32")];
}

/** A training step with cross-entropy. */
function training(settings: NetworkCase, { captured } = { captured: true }) {
  const choice = optimizerOf(settings);
  const network = buildNetwork(settings.network, { ...settings, seed: 0 });
  const [images, labels] = batchOf(settings);
  const loss = crossEntropy();
  const learner = new Learner({ network, loss, optimizer: choice, seed: 0, captured });
  return {
    step: () => learner.step({ images, labels }, choice.learningRate).dispose(),
    dispose: () => {
      tf.dispose([images, labels]);
      learner.dispose();
      network.dispose();
    },
  };
}

/** Logits in evaluation mode. */
function inference(settings: NetworkCase, { captured } = { captured: true }) {
  const network = buildNetwork(settings.network, { ...settings, seed: 0 });
  const [images, labels] = batchOf(settings);
  labels.dispose();
  const opByOp = (images: Tensor) => tf.tidy(() => network.forward(images, { training: false }));
  const forward = capture(opByOp);
  return {
    step: () => (captured ? forward : opByOp)(images).dispose(),
    dispose: () => {
      forward.dispose();
      images.dispose();
      network.dispose();
    },
  };
}
