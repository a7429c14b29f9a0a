/** Less-forgetful learning. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { z } from "zod";
import { BatchNorm, Dropout, Linear } from "../layers/mod.ts";
import type { Network } from "../models/mod.ts";
import type { StepContext } from "../training/mod.ts";
import { ofExperience, parseOptions, type PerExperience, weightPerExperience } from "./options.ts";
import { TaughtStrategy } from "./teacher.ts";

/** Options of {@linkcode LessForgetfulLearning}. */
export interface LessForgetfulOptions {
  /** What the distance of the features counts beside the loss. */
  lambda: PerExperience;
}

/**
 * Less-forgetful learning (Jung et al. 2016) as in avalanche-lib 0.6.0 (specification of the recipes, 2.6).
 *
 * From the second experience on the last linear layer stands still, and `lambda * mean of (features - features before)^2` is added
 * to the loss: the mean over batch and features, where features go into the last layer, and those before are the network's when
 * the previous experience ended. Both are computed in evaluation mode.
 *
 * avalanche-lib leaves the network in evaluation mode after its first step, so that batch norms stop learning; here the loss is
 * always that of training mode. For the baselines' MLP both are the same.
 */
export class LessForgetfulLearning extends TaughtStrategy {
  readonly #options: LessForgetfulOptions;
  readonly #last: readonly string[];
  readonly #isSameInTraining: boolean;

  /**
   * @param context.columns With an entry for each experience, where their number is known
   * @throws {RangeError} when an option is missing, unknown or out of range, or there is no last linear layer
   */
  constructor(
    context: {
      network: Network;
      buildNetwork: () => Network;
      columns?: readonly (readonly number[])[];
    },
    options: LessForgetfulOptions,
  ) {
    const { network, columns } = context;
    const schema = z.strictObject({ lambda: weightPerExperience(columns?.length ?? 1) });
    const parsed = parseOptions("lfl", schema, options);
    // Before the teacher is built, which nobody would free where this refuses the network.
    const last = lastLinear(network);
    super(context);
    this.#options = parsed;
    this.#last = last;
    this.#isSameInTraining = ![...network.modules().values()].some((module) =>
      module instanceof Dropout || module instanceof BatchNorm
    );
  }

  penalty({ network, images, outputs }: StepContext): Tensor | undefined {
    if (this.past === 0) return undefined;
    const weight = ofExperience(this.#options.lambda, this.past);
    const features = this.#isSameInTraining
      ? outputs.features
      : network.features(images, { training: false });
    const before = this.teacher.features(images, { training: false });
    return features.sub(before).square().mean().mul(weight);
  }

  frozen(): Iterable<string> {
    return this.past === 0 ? [] : this.#last;
  }
}

/** The parameters of a network's last linear layer. */
function lastLinear(network: Network): string[] {
  const last = [...network.modules()].findLast(([, module]) => module instanceof Linear);
  if (last === undefined) {
    throw new RangeError("LFL needs a network that ends in a linear layer, and this one has none");
  }
  return [...last[1].parameters().keys()].map((name) => `${last[0]}.${name}`);
}
