/** What a strategy of continual learning adds to a learner's steps. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { StoredVariable } from "../layers/mod.ts";
import type { Loss } from "../losses/mod.ts";
import type { Network, Outputs } from "../models/mod.ts";

/** What a learner learns from in one step. */
export interface Batch {
  /** [N, H, W, C] */
  images: Tensor;
  /** int32 [N], or [N, H, W] where every pixel has a label. */
  labels: Tensor;
  /** The task of all images, for a network with a head per task. */
  task?: number;
}

/** What a hook sees of a step around its update, when the network's outputs are freed. */
export interface UpdateContext {
  network: Network;
  loss: Loss;
  images: Tensor;
  labels: Tensor;
  task: number | undefined;
}

/** What a hook sees of a step. */
export interface StepContext extends UpdateContext {
  /** The network's, in training mode. Of a batch in parts: of all of them, computed part by part. */
  outputs: Outputs;
}

/** Gradients by the names of their parameters. */
export type Gradients = ReadonlyMap<string, Tensor>;

/** A part of the training, after which the data changes. */
export interface Experience {
  /** From 0. */
  index: number;
  /** Its training data once, in order, in batches of the given size; whoever takes them frees them. */
  batches: (batchSize: number) => AsyncIterable<Batch>;
}

/**
 * Functions that run inside of a learner's steps, on tensors and without reading anything back, and between them. All are
 * optional.
 *
 * A step is captured (tensorflow/capture.ts): what those within it read besides their arguments are variables, and
 * constants, which may change when an experience begins or ends only. The last two are called by the learner's own
 * `beforeExperience` and `afterExperience`.
 */
export interface Hooks {
  /** What is minimised, instead of the loss of the outputs; a scalar. */
  objective?(context: StepContext): Tensor;
  /** Added to the objective, a scalar; undefined: nothing. */
  penalty?(context: StepContext): Tensor | undefined;
  /** The gradients, of objective and penalty, that the optimiser shall take instead; all parameters must have one. */
  beforeUpdate?(gradients: Gradients, context: UpdateContext): Gradients;
  /** After the update; the gradients are those before {@linkcode beforeUpdate}. */
  afterUpdate?(gradients: Gradients, context: UpdateContext): void;
  /** Names of parameters that do not move. */
  frozen?(): Iterable<string>;
  /** The strategy's own variables by name; they are stored with a checkpoint. */
  variables?(): ReadonlyMap<string, StoredVariable>;
  beforeExperience?(experience: Experience): Promise<void>;
  afterExperience?(experience: Experience): Promise<void>;
}
