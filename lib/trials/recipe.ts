import { z } from "zod";

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

/** What is done to training images: a network of images takes the first three, one of scenes the others too. */
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
  /** Threads of the process; part of the identity because a CPU's sums depend on it. */
  threads: number;
}

const count = z.int().positive();
const rate = z.number().nonnegative();

const schedule = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant") }),
  z.strictObject({
    name: z.literal("steps"),
    milestones: z.array(z.number().positive()).min(1),
    factor: z.number().positive(),
  }),
  z.strictObject({ name: z.literal("exponential_warmup"), epochs: z.number().positive() }),
]);

/** The shape of a recipe; unknown fields are refused. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  epochs: count,
  batchSize: count,
  microBatch: z.exactOptional(count),
  optimizer: z.strictObject({
    name: z.enum(["adam", "adamw", "sgd"]),
    learningRate: z.number().positive(),
    weightDecay: z.exactOptional(rate),
    momentum: z.exactOptional(rate.max(1)),
    nesterov: z.exactOptional(z.boolean()),
  }),
  schedule,
  augmentation: z.enum(["none", "crop_flip", "flip"]),
  threads: count,
});

/** A recipe over fewer or more epochs, with its schedule stretched alike. */
export function withEpochs(recipe: Recipe, epochs: number): Recipe {
  const { schedule } = recipe;
  // Parts of an epoch stay: rounded, the last drop of a tenth of 110 epochs would come after their end.
  const scaled = (epoch: number) => epoch * epochs / recipe.epochs;
  switch (schedule.name) {
    case "constant":
      return { ...recipe, epochs };
    case "steps":
      return {
        ...recipe,
        epochs,
        schedule: { ...schedule, milestones: schedule.milestones.map(scaled) },
      };
    case "exponential_warmup":
      return { ...recipe, epochs, schedule: { ...schedule, epochs: scaled(schedule.epochs) } };
  }
}
