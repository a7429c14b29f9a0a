/** Elastic weight consolidation. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { z } from "zod";
import { sameLayout, StoredVariable } from "../layers/mod.ts";
import { op, tf, valueAndGradients } from "../tensorflow/mod.ts";
import type { Network } from "../models/mod.ts";
import { type Experience, prefixed, setToZero, zerosBeside } from "../training/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { trainPastHeads } from "./heads.ts";
import { meanOf, penaltyOf, readAll } from "./importances.ts";
import { parseOptions, weight } from "./options.ts";
import { dot } from "./quadratic_penalty.ts";
import type { Strategy } from "./strategy.ts";

/** Options of {@linkcode ElasticWeightConsolidation}. */
export interface EwcOptions {
  /** What the penalty counts beside the loss. */
  lambda: number;
  /** Whether every past experience holds the parameters by itself, or only the last one with the importances of all. */
  mode: "separate" | "online";
  /** What is left of the old importances when an experience ends; in the mode `online` only. */
  decay?: number;
}

const optionsSchema = z.discriminatedUnion("mode", [
  z.strictObject({ lambda: weight, mode: z.literal("separate") }),
  z.strictObject({ lambda: weight, mode: z.literal("online"), decay: weight.max(1) }),
]);

/**
 * Elastic weight consolidation (Kirkpatrick et al. 2017) as in avalanche-lib 0.6.0 (specification of the recipes, 2.6).
 *
 * The penalty is `lambda sum_k sum F_k (theta - theta_k)^2` over the past experiences k and all trained parameters, biases and
 * batch norms' scales and shifts included; there is no 1/2. `F_k` is the mean over the batches of experience k, in their order
 * and with the network in evaluation mode, of the squared gradient of the batch's loss: the square of a mean gradient, not the
 * Fisher information per sample, and of whichever loss is trained with. Batches of one class each, as avalanche-lib's order of an
 * experience gives them ({@linkcode ImageOrder}), have far larger ones than mixed batches. With a margin loss it is 0 where the experience is
 * perfectly learnt.
 *
 * In avalanche-lib the penalty gives a gradient of 0 to the heads of past tasks, which an optimiser with moments takes for a reason
 * to go on moving them. So it is here with avalanche's heads; a clean head learns with its own task alone. In runs that test tasks
 * before they are learnt, avalanche-lib's optimiser has their heads too, whose steps Adam counts though they do not move; not so here.
 *
 * The sum over k is kept as one quadratic: with A = sum F_k it is `A (theta - a)^2 + R`, where a is the mean of the theta_k
 * weighted by F_k, and R does not depend on theta. So a step costs the same however many experiences are past.
 */
export class ElasticWeightConsolidation implements Strategy {
  readonly #network: Network;
  readonly #loss: Loss;
  readonly #options: EwcOptions;
  readonly #batchSize: number;
  readonly #importance: Map<string, StoredVariable>;
  readonly #anchor: Map<string, StoredVariable>;
  /** F of the last experience. */
  readonly #fisher: Map<string, StoredVariable>;
  readonly #rest = new StoredVariable(new Float32Array(1), sameLayout([]));
  #past = 0;

  /** @throws {RangeError} when an option is missing, unknown or out of range, or there are no such batches */
  constructor(
    { network, loss, batchSize }: { network: Network; loss: Loss; batchSize: number },
    options: EwcOptions,
  ) {
    this.#network = network;
    this.#loss = loss;
    this.#batchSize = batchSize;
    this.#options = parseOptions("ewc", optionsSchema, options);
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new RangeError(
        `Cannot measure importances in batches of ${batchSize} images: give a whole number from 1`,
      );
    }
    const parameters = network.trainedParameters();
    this.#importance = zerosBeside(parameters);
    this.#anchor = zerosBeside(parameters);
    this.#fisher = zerosBeside(parameters);
  }

  penalty(): Tensor | undefined {
    if (this.#past === 0) return undefined;
    const { lambda } = this.#options;
    const held = {
      parameters: this.#network.trainedParameters(),
      importance: this.#importance,
      anchor: this.#anchor,
    };
    return penaltyOf(lambda, held).add(this.#rest.value.mul(lambda));
  }

  beforeExperience({ index }: Experience): Promise<void> {
    this.#past = index;
    trainPastHeads(this.#network, index, "avalanche");
    return Promise.resolve();
  }

  async afterExperience(experience: Experience): Promise<void> {
    await this.#measureFisher(experience);
    tf.tidy(() => {
      for (const [name, parameter] of this.#network.trainedParameters()) {
        this.#consolidate(name, parameter.value);
      }
    });
  }

  /** Adds F and theta of the experience to what holds the parameter. */
  #consolidate(name: string, theta: Tensor): void {
    const [importance, anchor] = [this.#importance.get(name)!, this.#anchor.get(name)!];
    const [old, fisher] = [importance.value, this.#fisher.get(name)!.value];
    const { mode, decay = 1 } = this.#options;
    if (mode === "online") {
      importance.assign(op.add(op.mul(old, tf.scalar(decay)), fisher));
      anchor.assign(theta);
      return;
    }
    const sum = op.add(old, fisher);
    const distance = op.sub(theta, anchor.value);
    const rest = dot(op.divNoNan(op.mul(old, fisher), sum), op.square(distance));
    this.#rest.assign(op.add(this.#rest.value, rest));
    anchor.assign(op.add(anchor.value, op.mul(op.divNoNan(fisher, sum), distance)));
    importance.assign(sum);
  }

  async #measureFisher(experience: Experience): Promise<void> {
    setToZero(this.#fisher);
    let batches = 0;
    for await (const { images, labels, task } of experience.batches(this.#batchSize)) {
      batches++;
      tf.tidy(() => {
        const parameters = this.#network.trainedParameters(task);
        const { gradients } = valueAndGradients(
          () => {
            const options = { training: false, ...(task !== undefined && { task }) };
            return this.#loss(this.#network.forward(images, options), labels);
          },
          [...parameters.values()].map(({ value }) => value),
        );
        [...parameters.keys()].forEach((name, i) => {
          const [fisher, gradient] = [this.#fisher.get(name)!, gradients[i]];
          // A head of a past task has none.
          if (gradient !== undefined) fisher.assign(op.add(fisher.value, op.square(gradient)));
        });
      });
      tf.dispose([images, labels]);
    }
    if (batches === 0) {
      throw new RangeError(
        `Cannot measure the importances of experience ${experience.index + 1}: it has no images`,
      );
    }
    tf.tidy(() => {
      const share = tf.scalar(1 / batches);
      for (const fisher of this.#fisher.values()) fisher.assign(op.mul(fisher.value, share));
    });
  }

  /** The mean of F over all parameters: 0 says that the experience gets no protection. */
  async measures(): Promise<Record<string, number>> {
    return { importance: await meanOf(this.#fisher) };
  }

  importances(): Promise<Map<string, Float32Array>> {
    return readAll(this.#options.mode === "online" ? this.#importance : this.#fisher);
  }

  variables(): ReadonlyMap<string, StoredVariable> {
    return new Map([
      ...prefixed("importance", this.#importance),
      ...prefixed("anchor", this.#anchor),
      ["rest", this.#rest] as const,
    ]);
  }

  dispose(): void {
    for (const variables of [this.#importance, this.#anchor, this.#fisher]) {
      for (const variable of variables.values()) variable.dispose();
    }
    this.#rest.dispose();
  }
}
