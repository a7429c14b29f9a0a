/** A data set of few small images, and runs of strategies on it. */
import {
  classIncremental,
  type ContinualResults,
  learnExperiences,
  makeStrategy,
  permutedPixels,
  type Scenario,
  type StrategyOptions,
  taskIncremental,
} from "../../lib/continual/mod.ts";
import { type Dataset, makeDataset, memoryImages } from "../../lib/datasets/mod.ts";
import { crossEntropy, type Loss } from "../../lib/losses/mod.ts";
import { buildNetwork, type Network } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { Learner, type OptimizerChoice } from "../../lib/training/mod.ts";

/** Images of 4x4 pixels with a bright pixel at a place that tells the class, in noise. */
export function smallDataset(
  { classes = 4, train = 60, test = 20, channels = 1 } = {},
): Dataset {
  const set = (name: string, count: number) => {
    const random = generator(1, name);
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
    const pixels = Uint8Array.from(
      { length: count * 16 * channels },
      (_, i) => {
        const label = labels[Math.floor(i / 16 / channels)]!;
        const isBright = Math.floor(i / channels) % 16 === 3 * label;
        return isBright ? 200 + random.integer(56) : random.integer(80);
      },
    );
    return memoryImages({ name, shape: [4, 4, channels], pixels, labels });
  };
  return makeDataset({
    name: "small",
    classNames: Array.from({ length: classes }, (_, c) => `class ${c}`),
    train: set("small train", train),
    test: set("small test", test),
  });
}

/** A strategy's run on the small data set. */
export interface SmallRun {
  strategy: string;
  options: StrategyOptions;
  scenario: Scenario;
  /** The scenario that network and strategy are made for; absent: the run's own. */
  builtFor?: Scenario;
  network?: string;
  loss?: Loss;
  optimizer?: OptimizerChoice;
  epochs?: number;
  batchSize?: number;
  dropLast?: boolean;
}

/** Strategies with options that suit the small data set, one run for each that differs in its state. */
export function smallRuns(): Record<string, SmallRun> {
  const dataset = smallDataset();
  const permuted = permutedPixels(dataset, { experiences: 2, seed: 5 });
  const split = classIncremental(dataset, { experiences: 2, seed: 5 });
  const tasks = taskIncremental(dataset, { experiences: 2, seed: 5 });
  const avalanche = taskIncremental(dataset, { experiences: 2, seed: 5, headMode: "avalanche" });
  const adam = { name: "adam", learningRate: 0.01 } as const;
  const online = { mode: "online", capacity: 9, memoryBatch: 4 };
  return {
    naive: { strategy: "naive", options: {}, scenario: permuted },
    joint: { strategy: "joint", options: {}, scenario: tasks },
    ewc: {
      strategy: "ewc",
      options: { lambda: 5, mode: "separate" },
      scenario: permuted,
      optimizer: { name: "sgd", learningRate: 0.05, momentum: 0.9 },
    },
    ewc_online: {
      strategy: "ewc",
      options: { lambda: 5, mode: "online", decay: 0.5 },
      scenario: tasks,
      optimizer: adam,
    },
    si: {
      strategy: "si",
      options: { lambda: 100, epsilon: 0.1 },
      scenario: avalanche,
      optimizer: adam,
    },
    lfl: { strategy: "lfl", options: { lambda: 1 }, scenario: permuted },
    lwf: { strategy: "lwf", options: { temperature: 2 }, scenario: split },
    lwf_heads: { strategy: "lwf", options: { temperature: 2 }, scenario: tasks, optimizer: adam },
    replay: {
      strategy: "replay",
      options: online,
      scenario: split,
      network: "cl_mlp_8x1_0.5",
      epochs: 1,
      batchSize: 4,
      dropLast: true,
    },
    replay_offline: {
      strategy: "replay",
      options: { ...online, mode: "offline" },
      scenario: split,
    },
  };
}

/** How a run is interrupted and watched. */
export interface Watch {
  folder?: string;
  /** What its checkpoints say is trained; absent: the strategy's name. */
  identity?: string;
  signal?: AbortSignal;
  onStep?: (step: number) => void;
}

/** Runs a strategy from the start or from its checkpoints; results are absent where the signal stopped it. */
export async function runSmall(run: SmallRun, watch: Watch = {}): Promise<{
  results: ContinualResults | undefined;
  weights: Float32Array[];
}> {
  const { scenario, strategy: name, options, epochs = 2, batchSize = 8, dropLast = false } = run;
  const { folder, identity = name, signal, onStep } = watch;
  const own = run.builtFor ?? scenario;
  const build = (): Network =>
    buildNetwork(
      run.network?.startsWith("cl_mlp_8x1_") ? "cl_mlp_8x1" : run.network ?? "cl_mlp_8x1",
      {
        classes: scenario.classes,
        inputShape: scenario.train.images.shape,
        seed: 3,
        heads: own.heads,
        ...(run.network === "cl_mlp_8x1_0.5" && { options: { dropout: "0.5" } }),
      },
    );
  const network = build();
  const loss = run.loss ?? crossEntropy();
  const strategy = makeStrategy(name, options, {
    network,
    loss,
    buildNetwork: build,
    scenario: own.name,
    columns: scenario.experiences.map((classes) => [...classes.keys()]),
    heads: own.heads,
    classes: scenario.experiences.flat().length,
    batchSize,
    seed: 3,
  });
  const optimizer = run.optimizer ?? { name: "sgd", learningRate: 0.05 };
  const learner = new Learner({ network, loss, optimizer, seed: 3, hooks: strategy });
  try {
    const results = await learnExperiences({
      scenario,
      learner,
      strategy,
      order: { epochs, batchSize, dropLast, heldOut: 0, augmentation: "none", seed: 3 },
      normalisation: { mean: [0.1], std: [0.3] },
      learningRate: () => optimizer.learningRate,
      ...(folder && { checkpoint: { folder, everySeconds: 0, identity } }),
      ...(signal && { signal }),
      ...(onStep && { onStep }),
    });
    const weights = await Promise.all([...network.parameters().values()].map((v) => v.read()));
    return { results, weights: weights.map((values) => values.slice()) };
  } finally {
    strategy.dispose?.();
    learner.dispose();
    network.dispose();
  }
}

if (import.meta.main) {
  // A child that a test kills: runs one strategy to the end, and says each step.
  const [name, folder] = Deno.args as [string, string];
  const { results, weights } = await runSmall(smallRuns()[name]!, {
    folder,
    onStep: (step) => console.log(`step ${step}`),
  });
  console.log(JSON.stringify({ results, weights: weights.map((values) => [...values]) }));
}
