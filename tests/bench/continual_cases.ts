/** Continual learning in the benchmark: steps per second of a second experience, batches included. */
import {
  learnExperiences,
  makeScenario,
  makeStrategy,
  normalisationOf,
  type StrategyOptions,
} from "../../lib/continual/mod.ts";
import { type Dataset, makeDataset, subset } from "../../lib/datasets/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { Learner, type OptimizerChoice } from "../../lib/training/mod.ts";

/** A row: a strategy with the recipe of the Continual Learning Baselines; continual.py knows the same names. */
interface ContinualCase {
  name: string;
  benchmark: "permuted" | "split";
  strategy: string;
  options: StrategyOptions;
  network: string;
  dropout?: string;
  optimizer: OptimizerChoice;
  batchSize: number;
  epochs: number;
}

/** The rows of the benchmark. */
export const continualCases: readonly ContinualCase[] = [
  {
    name: "continual/ewc_permuted_mnist",
    benchmark: "permuted",
    strategy: "ewc",
    options: { lambda: 1, mode: "separate" },
    network: "cl_mlp_512x1",
    optimizer: { name: "sgd", learningRate: 1e-3 },
    batchSize: 256,
    epochs: 2,
  },
  {
    name: "continual/si_permuted_mnist",
    benchmark: "permuted",
    strategy: "si",
    options: { lambda: 10, epsilon: 0.1 },
    network: "cl_mlp_1000x1",
    optimizer: { name: "adam", learningRate: 1e-3 },
    batchSize: 256,
    epochs: 2,
  },
  {
    name: "continual/replay_split_mnist",
    benchmark: "split",
    strategy: "replay",
    options: { mode: "online", capacity: 1000, memoryBatch: 10 },
    network: "cl_mlp_512x1",
    dropout: "0.5",
    optimizer: { name: "sgd", learningRate: 0.1 },
    batchSize: 10,
    epochs: 1,
  },
];

/** Training images of a case: of each permuted experience, or of all parts of a split together. */
export const BENCH_IMAGES = 10_000;

/** Steps taken, and the seconds that they took. */
export interface Pace {
  steps: number;
  seconds: number;
}

/** Learns two experiences (of a split the first two of five) and times the second one's steps but the first, which is captured. */
export async function paceOf(row: ContinualCase, mnist: Dataset): Promise<Pace> {
  const dataset = makeDataset({
    ...mnist,
    train: subset(mnist.train, BENCH_IMAGES),
    test: subset(mnist.test, 500),
  });
  const whole = makeScenario(dataset, {
    name: row.benchmark,
    scenario: row.benchmark === "permuted" ? "domain_incremental" : "class_incremental",
    experiences: row.benchmark === "permuted" ? 2 : 5,
    seed: 1,
  });
  const scenario = { ...whole, experiences: whole.experiences.slice(0, 2) };
  const build = () =>
    buildNetwork(row.network, {
      classes: 10,
      inputShape: [28, 28, 1],
      seed: 0,
      ...(row.dropout && { options: { dropout: row.dropout } }),
    });
  const network = build();
  const loss = crossEntropy();
  const strategy = makeStrategy(row.strategy, row.options, {
    network,
    loss,
    buildNetwork: build,
    scenario: scenario.name,
    columns: scenario.experiences,
    classes: 10,
    batchSize: row.batchSize,
    seed: 0,
  });
  const { optimizer, epochs, batchSize } = row;
  const learner = new Learner({ network, loss, optimizer, seed: 0, hooks: strategy });
  const dropLast = row.strategy === "replay";
  const count = scenario.train.starts[1]!;
  const before = epochs * (dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize));
  let [first, last, steps] = [0, 0, 0];
  await learnExperiences({
    scenario,
    learner,
    strategy,
    order: { epochs, batchSize, dropLast, heldOut: 0, augmentation: "none", seed: 0 },
    normalisation: normalisationOf("mnist", 1),
    learningRate: () => optimizer.learningRate,
    onStep: (step) => {
      last = performance.now();
      if (step <= before + 1) first = last;
      else steps++;
    },
  });
  strategy.dispose?.();
  learner.dispose();
  network.dispose();
  return { steps, seconds: (last - first) / 1000 };
}
