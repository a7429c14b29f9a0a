/** Synaptic intelligence. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { z } from "zod";
import { BatchNorm, type StoredVariable } from "../layers/mod.ts";
import type { Network } from "../models/mod.ts";
import { op, tf } from "../tensorflow/mod.ts";
import {
  type Experience,
  type Gradients,
  prefixed,
  setToZero,
  zerosBeside,
} from "../training/mod.ts";
import { trainPastHeads } from "./heads.ts";
import { meanOf, penaltyOf, readAll } from "./importances.ts";
import { ofExperience, parseOptions, type PerExperience, weightPerExperience } from "./options.ts";
import type { Strategy } from "./strategy.ts";

/** Options of {@linkcode SynapticIntelligence}. */
export interface SynapticIntelligenceOptions {
  /** What the penalty counts beside the loss, in each experience or in all. */
  lambda: PerExperience;
  /** Added to the squared distance that a parameter moved. */
  epsilon: number;
}

const optionsFor = (experiences: number) =>
  z.strictObject({
    lambda: weightPerExperience(experiences),
    epsilon: z.number().positive(),
  });

/** The largest importance (avalanche-lib 0.6.0, update_ewc_data's `clip_to`). */
const LARGEST = 0.001;

/**
 * Synaptic intelligence (Zenke et al. 2017) as in avalanche-lib 0.6.0 (specification of the recipes, 2.6).
 *
 * - each step: `w += g (theta_after - theta_before)`, where g is the gradient of loss and penalty before the optimiser's moments
 * - after an experience: `c += w / ((theta - a)^2 + epsilon)`, importance `min(-c, 0.001)`, a = theta, w = 0
 * - penalty: `lambda / 2 * sum of importance (theta - a)^2`
 *
 * Importances are limited from above only; negative ones stay. Batch norms' scales and shifts have none. The heads of past tasks are
 * moved as with EWC: by an optimiser's moments with avalanche's heads, not at all with clean ones.
 *
 * On a CPU avalanche-lib 0.6.0 stores views of the live parameters instead of copies, so that its penalty is 0 and it learns like
 * the naive strategy; this one does what avalanche-lib does on a GPU.
 */
export class SynapticIntelligence implements Strategy {
  readonly #network: Network;
  readonly #options: SynapticIntelligenceOptions;
  readonly #parameters: Map<string, StoredVariable>;
  readonly #importance: Map<string, StoredVariable>;
  readonly #anchor: Map<string, StoredVariable>;
  readonly #trajectory: Map<string, StoredVariable>;
  readonly #cumulated: Map<string, StoredVariable>;
  /** The parameters before the update of the present step. */
  #before = new Map<string, Tensor>();
  #past = 0;

  /**
   * @param context.columns With an entry for each experience, where their number is known
   * @throws {RangeError} when an option is missing, unknown or out of range
   */
  constructor(
    { network, columns }: { network: Network; columns?: readonly (readonly number[])[] },
    options: SynapticIntelligenceOptions,
  ) {
    this.#network = network;
    this.#options = parseOptions("si", optionsFor(columns?.length ?? 1), options);
    this.#parameters = withoutNorms(network);
    this.#importance = zerosBeside(this.#parameters);
    this.#anchor = zerosBeside(this.#parameters);
    this.#trajectory = zerosBeside(this.#parameters);
    this.#cumulated = zerosBeside(this.#parameters);
  }

  penalty(): Tensor | undefined {
    if (this.#past === 0) return undefined;
    return penaltyOf(ofExperience(this.#options.lambda, this.#past) / 2, {
      parameters: this.#parameters,
      importance: this.#importance,
      anchor: this.#anchor,
    });
  }

  beforeUpdate(gradients: Gradients): Gradients {
    this.#before = new Map(
      [...this.#parameters].filter(([name]) => gradients.has(name))
        .map(([name, { value }]) => [name, value.clone()]),
    );
    return gradients;
  }

  afterUpdate(gradients: Gradients): void {
    for (const [name, before] of this.#before) {
      const moved = op.sub(this.#parameters.get(name)!.value, before);
      this.#trajectory.get(name)!.assignAdd(op.mul(gradients.get(name)!, moved));
    }
    this.#before.clear();
  }

  beforeExperience({ index }: Experience): Promise<void> {
    this.#past = index;
    trainPastHeads(this.#network, index, "avalanche");
    setToZero(this.#trajectory);
    for (const [name, { value }] of this.#parameters) this.#anchor.get(name)!.assign(value);
    return Promise.resolve();
  }

  afterExperience(): Promise<void> {
    const epsilon = tf.scalar(this.#options.epsilon);
    const largest = tf.scalar(LARGEST);
    tf.tidy(() => {
      for (const [name, { value }] of this.#parameters) {
        const [anchor, cumulated] = [this.#anchor.get(name)!, this.#cumulated.get(name)!];
        const distance = op.add(op.square(op.sub(value, anchor.value)), epsilon);
        const sum = op.add(cumulated.value, op.div(this.#trajectory.get(name)!.value, distance));
        cumulated.assign(sum);
        this.#importance.get(name)!.assign(op.minimum(op.neg(sum), largest));
        anchor.assign(value);
      }
    });
    tf.dispose([epsilon, largest]);
    return Promise.resolve();
  }

  /** The mean importance of a parameter. */
  async measures(): Promise<Record<string, number>> {
    return { importance: await meanOf(this.#importance) };
  }

  importances(): Promise<Map<string, Float32Array>> {
    return readAll(this.#importance);
  }

  variables(): ReadonlyMap<string, StoredVariable> {
    return new Map([
      ...prefixed("importance", this.#importance),
      ...prefixed("anchor", this.#anchor),
      ...prefixed("trajectory", this.#trajectory),
      ...prefixed("cumulated", this.#cumulated),
    ]);
  }

  dispose(): void {
    for (const variable of this.variables().values()) variable.dispose();
  }
}

/** The trained parameters of a network but those of batch norms. */
function withoutNorms(network: Network): Map<string, StoredVariable> {
  const norms = [...network.modules()].filter(([, module]) => module instanceof BatchNorm)
    .map(([name]) => `${name}.`);
  return new Map(
    [...network.trainedParameters()].filter(([name]) =>
      !norms.some((prefix) => name.startsWith(prefix))
    ),
  );
}
