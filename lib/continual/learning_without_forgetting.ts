/** Learning without forgetting. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { z } from "zod";
import type { Heads, Network } from "../models/mod.ts";
import type { Experience, StepContext } from "../training/mod.ts";
import { distillation } from "./distillation.ts";
import { trainPastHeads } from "./heads.ts";
import { ofExperience, parseOptions, type PerExperience, weightPerExperience } from "./options.ts";
import { TaughtStrategy } from "./teacher.ts";

/** Options of {@linkcode LearningWithoutForgetting}. */
export interface LearningWithoutForgettingOptions {
  /** Of both softmaxes. */
  temperature: number;
  /** What the distillation counts in each experience, or one number for all; absent: (n - 1)^2 / n in experience n. */
  alpha?: PerExperience;
  /**
   * Whether the loss counts one share, 1 / n in experience n (Continual Learning Baselines; the default), or as a whole (avalanche-lib
   * by itself).
   */
  share?: "equal" | "whole";
  /** Mode of the network that teaches. In training mode, in which avalanche-lib leaves it, it takes batch statistics, but drops nothing. */
  teacher?: "evaluation" | "training";
}

const optionsFor = (experiences: number) =>
  z.strictObject({
    temperature: z.number().positive(),
    alpha: z.exactOptional(weightPerExperience(experiences)),
    share: z.exactOptional(z.enum(["equal", "whole"])),
    teacher: z.exactOptional(z.enum(["evaluation", "training"])),
  });

/**
 * Learning without forgetting (Li and Hoiem 2018) as in avalanche-lib 0.6.0 with the wrapper of the Continual Learning Baselines
 * (specification of the recipes, 2.6): in experience n `loss / n + alpha_n KD`, where KD is the {@linkcode distillation} of the
 * network as it was when the previous experience ended, over the classes of all previous experiences. With a head per task KD
 * is summed over the heads of the previous tasks, each over its own classes, and these heads keep learning.
 */
export class LearningWithoutForgetting extends TaughtStrategy {
  readonly #network: Network;
  readonly #options: LearningWithoutForgettingOptions;
  readonly #columns: readonly (readonly number[])[];
  readonly #heads: Heads | undefined;

  /**
   * @param context.columns The logits of the classes of each experience
   * @throws {RangeError} when an option is missing, unknown or out of range
   */
  constructor(
    context: {
      network: Network;
      buildNetwork: () => Network;
      columns: readonly (readonly number[])[];
      heads?: Heads | undefined;
    },
    options: LearningWithoutForgettingOptions,
  ) {
    const parsed = parseOptions("lwf", optionsFor(context.columns.length), options);
    super(context);
    this.#network = context.network;
    this.#options = parsed;
    this.#columns = context.columns;
    this.#heads = context.heads;
  }

  objective({ loss, labels, images, outputs }: StepContext): Tensor {
    const { share = "equal" } = this.#options;
    const own: Tensor = loss(outputs.logits, labels);
    const objective = share === "equal" ? own.div(this.past + 1) : own;
    if (this.past === 0) return objective;
    // Also where it counts 0: the heads of past tasks, which learn, need a gradient.
    return objective.add(this.#distil(images, outputs).mul(this.#alpha()));
  }

  override beforeExperience(experience: Experience): Promise<void> {
    trainPastHeads(this.#network, experience.index);
    return super.beforeExperience(experience);
  }

  #alpha(): number {
    const { alpha } = this.#options;
    if (alpha === undefined) return this.past ** 2 / (this.past + 1);
    return ofExperience(alpha, this.past);
  }

  #distil(images: Tensor, { features, logits }: StepContext["outputs"]): Tensor {
    const { temperature, teacher: mode = "evaluation" } = this.#options;
    const options = { training: mode === "training" };
    const taught = this.teacher.features(images, options);
    if (this.#heads === undefined) {
      const columns = [...new Set(this.#columns.slice(0, this.past).flat())];
      return distillation(logits, this.teacher.head(taught, options), { columns, temperature });
    }
    return this.#columns.slice(0, this.past).map((columns, task) =>
      distillation(
        this.#network.head(features, { training: true, task }),
        this.teacher.head(taught, { ...options, task }),
        { columns, temperature },
      )
    ).reduce((sum, kd) => sum.add(kd));
  }
}
