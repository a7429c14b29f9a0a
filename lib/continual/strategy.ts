/** What a strategy of continual learning is. */
import type { Loss } from "../losses/mod.ts";
import type { Heads, Network } from "../models/mod.ts";
import type { BatchPlan, Hooks, Learner } from "../training/mod.ts";
import type { ScenarioName } from "./scenario.ts";

/**
 * A strategy: hooks into a learner's steps, and where it wants them its own batches.
 *
 * `beforeExperience` is called before an experience's first step, and again when a run is resumed within the experience, before
 * the variables are restored: it must depend on the experience alone. `afterExperience` is called again where a run was killed
 * after it.
 */
export interface Strategy extends Hooks {
  /** Whether all experiences are learnt at once, in one phase. */
  readonly isJoint?: true;
  /** Whether the baselines that it is from learn whole batches alone: an epoch ends before a last batch that is short. */
  readonly dropsLast?: true;
  /**
   * Called for every phase before anything is measured or learnt.
   *
   * @throws {RangeError} when it cannot learn an experience in this way
   */
  check?(order: ExperienceOrder): void;
  /** The batches of an experience from step `firstStep` on; absent: its images in a new order each epoch. */
  plans?(order: ExperienceOrder, firstStep: number): Iterable<BatchPlan>;
  /** Called when the strategy's variables have got their values from a checkpoint, before anything else is done. */
  restored?(): void;
  /** Numbers about the experience that has just ended, such as the mean importance of a parameter. */
  measures?(): Promise<Record<string, number>>;
  /** The importance of each parameter for the last experience, in PyTorch's layout, for strategies that have such. */
  importances?(): Promise<Map<string, Float32Array>>;
  /** Frees the strategy's own variables. */
  dispose?(): void;
}

/** Throws TypeError where a learner's steps would not be the strategy's. */
export function checkLearner(learner: Learner, strategy: Strategy): void {
  if (learner?.hooks === strategy && strategy !== undefined) return;
  throw new TypeError(
    "Cannot learn experiences: the learner's hooks are not the strategy; build it as new Learner({ ..., hooks: strategy })",
  );
}

/** The images of an experience and the order in which they are learnt. */
export interface ExperienceOrder {
  /** Number of the experience, from 0. */
  index: number;
  /** Steps of an epoch. */
  stepsPerEpoch: number;
  /** The images that an epoch learns, in its order, by their index in the stream. */
  ofEpoch(epoch: number): Uint32Array;
  /** The label of an image of the stream. */
  labelOf(image: number): number;
  epochs: number;
  batchSize: number;
  /** Whether an epoch ends before a last batch that is short. */
  dropLast: boolean;
  /** How the images of a batch are changed; `draw` tells apart how often an image was drawn. */
  changeOf(draw: number): NonNullable<BatchPlan["change"]>;
}

/** What strategies are made for. */
export interface StrategyContext {
  network: Network;
  loss: Loss;
  /** Builds another network of the same architecture; its values do not matter. */
  buildNetwork: () => Network;
  scenario: ScenarioName;
  /** The logits that belong to the classes of each experience: avalanche-lib counts classes that it has images of. */
  columns: readonly (readonly number[])[];
  heads?: Heads | undefined;
  /** Classes of all experiences together. */
  classes: number;
  /** Images of a batch of training. */
  batchSize: number;
  seed: number;
}
