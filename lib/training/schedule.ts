/** Learning rates over the course of training. */
import type { Recipe } from "./recipe.ts";

/**
 * The learning rate of a step.
 *
 * - `constant`: the initial rate, which is the optimiser's
 * - `steps`: multiplied by `factor` after each number of epochs in `milestones`, as PyTorch's MultiStepLR; a shortened
 *   schedule has parts of epochs too
 * - `exponential_warmup`: 1 - exp(-(step + 1) / (epochs * stepsPerEpoch)) of the initial rate, as the package
 *   pytorch-warmup's ExponentialWarmup; the paper names the kind and length of the warm-up only (A.1.4)
 *
 * @param step Number of the step, from 0
 */
export function learningRateAt(
  step: number,
  options: Pick<Recipe, "optimizer" | "schedule"> & { stepsPerEpoch: number },
): number {
  const { optimizer: { learningRate: initial }, schedule, stepsPerEpoch } = options;
  switch (schedule.name) {
    case "constant":
      return initial;
    case "steps": {
      const epochs = step / stepsPerEpoch;
      const passed = schedule.milestones.filter((milestone) => milestone <= epochs).length;
      return initial * schedule.factor ** passed;
    }
    case "exponential_warmup":
      return initial * -Math.expm1(-(step + 1) / (schedule.epochs * stepsPerEpoch));
  }
}
