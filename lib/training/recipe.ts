/** How a network is trained, as plain data. */

const optimizers = ["adam", "adamw", "sgd"] as const;

/** An optimiser with its hyper-parameters; what is absent is zero or off. */
export interface OptimizerChoice {
  name: typeof optimizers[number];
  learningRate: number;
  weightDecay?: number;
  /** Of `sgd` alone. */
  momentum?: number;
  /** Of `sgd` with a momentum alone. */
  nesterov?: boolean;
}

/** How the learning rate moves: not at all, by a factor after so many epochs (or parts of one), or up during the first. */
export type ScheduleChoice =
  | { name: "constant" }
  | { name: "steps"; milestones: number[]; factor: number }
  | { name: "exponential_warmup"; epochs: number };

const augmentations = ["none", "crop_flip", "flip"] as const;

/** What is done to training images: nothing, moves and mirroring, or mirroring alone, which is all that scenes take. */
export type AugmentationName = typeof augmentations[number];

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

const schedules: readonly ScheduleChoice["name"][] = ["constant", "steps", "exponential_warmup"];

/**
 * Checks a recipe before anything is trained by it: what no schedule or optimiser is would else count for another.
 *
 * @throws {RangeError} naming what cannot be
 */
export function checkRecipe(recipe: Recipe): void {
  const { epochs, batchSize, microBatch = 1, optimizer, schedule, augmentation } = recipe ?? {};
  for (const [name, count] of Object.entries({ epochs, batchSize, microBatch })) {
    wanted(name, count, "a whole number from 1", Number.isSafeInteger(count) && count > 0);
  }
  checkOptimizer(optimizer);
  wanted("optimizer.learningRate", optimizer.learningRate, ...positive(optimizer.learningRate));
  checkSchedule(schedule);
  wanted("augmentation", augmentation, ...oneOf(augmentations, augmentation));
}

function checkSchedule(schedule: ScheduleChoice): void {
  wanted("schedule", schedule?.name, ...oneOf(schedules, schedule?.name));
  if (schedule.name === "steps") {
    const { milestones, factor } = schedule;
    const areEpochs = Array.isArray(milestones) && milestones.every(isPositive);
    wanted("schedule.milestones", milestones, "an array of epochs, numbers above 0", areEpochs);
    wanted("schedule.factor", factor, ...positive(factor));
  }
  if (schedule.name === "exponential_warmup") {
    wanted("schedule.epochs", schedule.epochs, ...positive(schedule.epochs));
  }
}

/** @throws {RangeError} as {@linkcode checkRecipe}, of the optimiser alone */
export function checkOptimizer(choice: OptimizerChoice): void {
  const { name, weightDecay = 0, momentum = 0, nesterov = false } = choice ?? {};
  wanted("optimizer", name, ...oneOf(optimizers, name));
  const isRate = (value: number) => Number.isFinite(value) && value >= 0;
  wanted("optimizer.weightDecay", weightDecay, "a number from 0", isRate(weightDecay));
  const isMomentum = isRate(momentum) && momentum <= 1;
  wanted("optimizer.momentum", momentum, "a number from 0 to 1", isMomentum);
  // They would change nothing, and be taken for what made the numbers.
  const takesMomentum = name === "sgd" || momentum === 0;
  wanted("optimizer.momentum", momentum, `none, since ${name} has means of its own`, takesMomentum);
  wanted("optimizer.nesterov", nesterov, "sgd with a momentum for it", !nesterov || momentum > 0);
}

function positive(value: number): [what: string, is: boolean] {
  return ["a number above 0", isPositive(value)];
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function oneOf(names: readonly string[], name: unknown): [what: string, is: boolean] {
  return [`one of ${names.join(", ")}`, names.includes(name as string)];
}

function wanted(field: string, value: unknown, what: string, is: boolean): void {
  if (is) return;
  throw new RangeError(`Cannot train by a recipe whose ${field} is ${value}: wanted ${what}`);
}
