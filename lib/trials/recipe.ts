/** Recipes in trials: their form, and how a scale changes them. */
import { z } from "zod";
import type { Recipe } from "../training/mod.ts";

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
  skipLearnt: z.exactOptional(z.literal(true)),
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
