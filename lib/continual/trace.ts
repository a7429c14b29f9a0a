/** Following a strategy step by step, to compare it with another program. */
import type { Batch, Experience, Learner } from "../training/mod.ts";
import { checkTasks, widenHeads, widthSeen } from "./heads.ts";
import { readAll } from "./importances.ts";
import { checkLearner, type Strategy } from "./strategy.ts";

/** The batches of an experience. */
export interface TracedExperience {
  /** In the order in which they are learnt. The caller keeps them. */
  batches: readonly Batch[];
  /**
   * All its images once in order, in batches of training's size, for a strategy that goes through them when the experience ends,
   * as EWC does; absent: the batches, which are other ones where they were shuffled.
   */
  once?: readonly Batch[];
  /**
   * Columns of avalanche-lib's heads: 1 + the highest class seen so far, which testing all tasks shows it too; absent: of the tasks
   * that batches up to this experience are of.
   */
  width?: number;
}

/** What a strategy did. All arrays are in PyTorch's layout, by PyTorch's names. */
export interface Trace {
  /** The objective with its penalty before each step, and the weights after it. */
  steps: { loss: number; weights: Map<string, Float32Array> }[];
  /** The importances after each experience, where the strategy has such. */
  importances: Map<string, Float32Array>[];
}

/**
 * Learns recorded batches and reads back everything after each step. Of Replay the batches are those of new and remembered images
 * together. PyTorch's start weights go in by name, in its layout.
 *
 * @example
 * ```ts
 * const build = () => buildNetwork("cl_mlp_6x1", { classes: 4, inputShape: [1, 8, 1], seed: 0 });
 * const network = build();
 * for (const [name, values] of start) network.parameters().get(name)!.assignPyTorch(values);
 * const loss = crossEntropy();
 * const strategy = makeStrategy("ewc", { lambda: 1, mode: "separate" }, {
 *   ...{ network, loss, buildNetwork: build, scenario: "class_incremental", columns: [[0, 1], [2, 3]] },
 *   ...{ classes: 4, batchSize: 4, seed: 0 },
 * });
 * const optimizer = { name: "sgd", learningRate: 0.1 } as const;
 * const learner = new Learner({ network, loss, optimizer, seed: 0, hooks: strategy });
 * const { steps, importances } = await followTrace({ strategy, learner, experiences, learningRate: 0.1 });
 * ```
 *
 * @param options.learner Its hooks are the strategy, its network has the start weights
 * @throws {TypeError} when the learner's hooks are not the strategy
 * @throws {RangeError} when an experience has no batches, or one is of a task that the network has no head for; nothing has been
 * learnt
 */
export async function followTrace(options: {
  strategy: Strategy;
  learner: Learner;
  experiences: readonly TracedExperience[];
  learningRate: number;
}): Promise<Trace> {
  const { strategy, learner, experiences, learningRate } = options;
  checkLearner(learner, strategy);
  for (const [index, { batches, once = batches }] of experiences.entries()) {
    if (batches.length === 0 || once.length === 0) {
      throw new RangeError(`Cannot learn experience ${index + 1}: it has no batches`);
    }
    checkTasks(learner.network, [...batches, ...once]);
  }
  const trace: Trace = { steps: [], importances: [] };
  for (const [index, { batches, once = batches, width }] of experiences.entries()) {
    const experience: Experience = { index, batches: () => copies(once) };
    const seen = experiences.slice(0, index + 1).flatMap((one) => one.batches);
    const columns = width ?? widthSeen(learner.network, seen);
    if (columns !== undefined) widenHeads(learner.network, columns);
    await learner.beforeExperience(experience);
    for (const batch of batches) {
      const loss = learner.step(batch, learningRate);
      const [value] = await loss.data();
      loss.dispose();
      trace.steps.push({ loss: value!, weights: await readAll(learner.network.parameters()) });
    }
    await learner.afterExperience(experience);
    trace.importances.push(await strategy.importances?.() ?? new Map());
  }
  return trace;
}

/** Whoever takes a batch frees it. */
async function* copies(batches: readonly Batch[]): AsyncGenerator<Batch> {
  for (const batch of batches) {
    yield { ...batch, images: batch.images.clone(), labels: batch.labels.clone() };
  }
}
