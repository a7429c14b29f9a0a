/** How a network is trained, as plain data. */

/** An optimiser with its hyper-parameters; what is absent is zero or off. */
export interface OptimizerChoice {
  name: "adam" | "adamw" | "sgd";
  learningRate: number;
  weightDecay?: number;
  momentum?: number;
  nesterov?: boolean;
}

/** How the learning rate moves: not at all, by a factor after so many epochs (or parts of one), or up during the first. */
export type ScheduleChoice =
  | { name: "constant" }
  | { name: "steps"; milestones: number[]; factor: number }
  | { name: "exponential_warmup"; epochs: number };

/** What is done to training images: nothing, moves and mirroring, or mirroring alone, which is all that scenes take. */
export type AugmentationName = "none" | "crop_flip" | "flip";

/** How a network is trained; the same for every loss of a condition (A.1.4). */
export interface Recipe {
  /** Of continual learning: in each experience. */
  epochs: number;
  batchSize: number;
  /**
   * Images that go through the network at once where a batch does not fit the device; absent: the whole batch. The step's
   * gradients are the batch's, except that a batch norm sees the part alone.
   */
  microBatch?: number;
  optimizer: OptimizerChoice;
  schedule: ScheduleChoice;
  augmentation: AugmentationName;
  /** Images that the loss has no gradient for are left out of the next epoch (section 6, future work); absent: none is. */
  skipLearnt?: true;
  /** Threads of the process; part of the identity because a CPU's sums depend on it. */
  threads: number;
}
