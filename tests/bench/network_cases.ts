/** The networks in the benchmark: a training step and inference. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { crossEntropyOfEach } from "../../lib/attacks/losses.ts";
import { Victim } from "../../lib/attacks/victim.ts";
import { crossEntropy, highErrorMargin, type Loss } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { capture, tf } from "../../lib/tensorflow/mod.ts";
import { Learner, type OptimizerChoice } from "../../lib/training/mod.ts";
import settings from "./networks.json" with { type: "json" };
import type { CostCase, TimeCase } from "./time_case.ts";

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

/** Whether it gives logits of every pixel. */
const isOfPixels = ({ network }: NetworkCase) => network.startsWith("fpn_");

/** Training of every network; inference, and the gradient by the pixels that attacks take, of those of whole images. */
export const networkCases: readonly TimeCase[] = networks.flatMap((settings) => {
  const train: TimeCase = {
    name: `train/${settings.network}`,
    make: (options) => trainingOf(settings, crossEntropy(), options),
  };
  const infer: TimeCase = {
    name: `infer/${settings.network}`,
    make: (options) => inference(settings, options),
  };
  const gradient: TimeCase = {
    name: `gradient/${settings.network}`,
    make: (options) => gradientOf(settings, options),
  };
  return isOfPixels(settings) ? [train] : [train, infer, gradient];
});

/** HEM's training step beside cross-entropy's, of the networks of whole images. */
export const costCases: readonly CostCase[] = networks.filter((settings) => !isOfPixels(settings))
  .map((settings) => ({
    name: `hem/${settings.network}`,
    makeHem: (options) => trainingOf(settings, highErrorMargin({ margin: 0.2 }), options),
    makeCe: (options) => trainingOf(settings, crossEntropy(), options),
  }));

/** Uniform pixels and labels. */
function batchOf(settings: NetworkCase): [images: Tensor, labels: Tensor] {
  const { inputShape, classes, batchSize } = settings;
  const shape = [batchSize, ...inputShape];
  const ofLabels = isOfPixels(settings) ? shape.slice(0, 3) : [batchSize];
  const generate = generator(0, "bench");
  const pixels = new Float32Array(shape.reduce((a, b) => a * b));
  generate.fillUniform(pixels);
  const count = ofLabels.reduce((a, b) => a * b);
  const labels = Int32Array.from({ length: count }, () => generate.integer(classes));
  return [tf.tensor(pixels, shape), tf.tensor(labels, ofLabels, "int32")];
}

/** A training step with a loss. */
function trainingOf(settings: NetworkCase, loss: Loss, { captured } = { captured: true }) {
  const choice = optimizerOf(settings);
  const network = buildNetwork(settings.network, { ...settings, seed: 0 });
  const [images, labels] = batchOf(settings);
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

/** The gradient of each image's cross-entropy by its pixels, in evaluation mode: most of what an iteration of an attack takes. */
function gradientOf(settings: NetworkCase, { captured } = { captured: true }) {
  const network = buildNetwork(settings.network, { ...settings, seed: 0 });
  const [images, labels] = batchOf(settings);
  const [height, width, channels] = settings.inputShape;
  const victim = new Victim(
    (images) => network.forward(images, { training: false }),
    [height, width, channels],
    { captured },
  );
  const rows = images.reshape([settings.batchSize, -1]);
  return {
    step: () => {
      const { gradient } = tf.tidy(() =>
        victim.step("gradient", ({ rows, labels }) => {
          const lossOf = (logits: Tensor) => crossEntropyOfEach(logits, labels);
          return { ...victim.evaluate(rows, labels, lossOf) };
        }, { rows, labels })
      );
      gradient.dispose();
    },
    dispose: () => {
      victim.dispose();
      tf.dispose([images, labels, rows]);
      network.dispose();
    },
  };
}
