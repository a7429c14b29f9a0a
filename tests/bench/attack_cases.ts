/** AutoAttack in the benchmark: the networks, their images, and how they are attacked. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { AutoAttackOptions } from "../../lib/attacks/mod.ts";
import { loadDataset } from "../../lib/datasets/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";
import { buildNetwork, type Network } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { imagesFromBytes, Learner } from "../../lib/training/mod.ts";

/** A row of the benchmark. */
export interface AttackCase {
  name: string;
  /** LeNet learns MNIST by cross-entropy first; ResNet18 has its initial weights. */
  network: "lenet" | "resnet18";
  /** MNIST's test images, or as many random ones. */
  count: number;
  attack: Pick<AutoAttackOptions, "norm" | "epsilon">;
  /** Of Square Attack, whose paper has 5000: where all images stay to its end, enough of them to tell its speed. */
  queries: number;
  batchSize: number;
}

const lenet = { network: "lenet", count: 200, batchSize: 250 } as const;
const resnet18 = { network: "resnet18", count: 16, queries: 25, batchSize: 16 } as const;

/** The rows of the benchmark: at the paper's epsilons, and at ones so small that hardly an image is fooled. */
export const attackCases: readonly AttackCase[] = [
  {
    name: "lenet_linf",
    ...lenet,
    count: 2000,
    queries: 5000,
    attack: { norm: "linf", epsilon: 0.3 },
  },
  { name: "lenet_l2", ...lenet, queries: 5000, attack: { norm: "l2", epsilon: 2 } },
  { name: "lenet_robust", ...lenet, queries: 500, attack: { norm: "linf", epsilon: 0.005 } },
  { name: "resnet18_linf", ...resnet18, attack: { norm: "linf", epsilon: 8 / 255 } },
  { name: "resnet18_robust", ...resnet18, attack: { norm: "linf", epsilon: 1e-4 } },
].map((row) => ({ ...row, name: `autoattack/${row.name}` } as AttackCase));

/** What is attacked; the caller disposes both. The labels are the network's own predictions. */
export async function victimOf(row: AttackCase): Promise<{ network: Network; images: Tensor4D }> {
  if (row.network === "lenet") return await trainedLenet(row.count);
  const network = buildNetwork("resnet18", { classes: 10, inputShape: [32, 32, 3], seed: 0 });
  const pixels = new Float32Array(row.count * 32 * 32 * 3);
  generator(0, "bench").fillUniform(pixels);
  return { network, images: tf.tensor4d(pixels, [row.count, 32, 32, 3]) };
}

const STEPS = 300;
const BATCH = 50;

async function trainedLenet(count: number) {
  const mnist = await loadDataset("mnist");
  const network = buildNetwork("lenet", { classes: 10, inputShape: [28, 28, 1], seed: 0 });
  const optimizer = { name: "adam", learningRate: 1e-3 } as const;
  const learner = new Learner({ network, loss: crossEntropy(), optimizer, seed: 0 });
  for (let step = 0; step < STEPS; step++) {
    const rows = Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % mnist.train.count);
    const images = imagesFromBytes(await mnist.train.read(rows), [BATCH, 28, 28, 1]);
    const labels = tf.tensor1d(rows.map((i) => mnist.train.labels[i]!), "int32");
    tf.dispose([learner.step({ images, labels }, optimizer.learningRate), images, labels]);
  }
  learner.dispose();
  const bytes = await mnist.test.read(Array.from({ length: count }, (_, i) => i));
  return { network, images: imagesFromBytes(bytes, [count, 28, 28, 1]) };
}
