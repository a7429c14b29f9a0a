/** Optimisers with PyTorch's update rules, on TensorFlow's fused kernels: one or two ops per parameter. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { StoredVariable } from "../layers/mod.ts";
import { attr, number, runMany, type Variable } from "../tensorflow/mod.ts";
import type { OptimizerChoice } from "./recipe.ts";
import { prefixed, zerosBeside } from "./variable_maps.ts";

const T = attr.type("T", "float32");
const UNLOCKED = attr.bool("use_locking", false);

/** Learnt variables by name. */
export type Parameters = ReadonlyMap<string, StoredVariable>;

/** Moves parameters along their gradients. Call `update` in a `tf.tidy`. */
export interface Optimizer {
  /** The optimiser's memory by name (`momentum.conv1.weight`), to be stored with a checkpoint. */
  readonly state: ReadonlyMap<string, StoredVariable>;
  /**
   * The numbers that an update takes beside the gradient and that are others in each step.
   *
   * @param update Number of the parameter's update, from 1
   */
  rates(learningRate: number, update: number): number[];
  /** One update of the parameter called `name`; `rates` are those of {@linkcode rates} as scalars. */
  update(name: string, gradient: Tensor, rates: readonly Tensor[]): void;
  /** Frees the optimiser's memory. */
  dispose(): void;
}

/**
 * The optimiser of a recipe, with PyTorch's defaults where the recipe is silent, except that `adamw` has no weight decay then
 * (0.01 in PyTorch).
 *
 * - `sgd`: momentum 0 unless given; weight decay is added to the gradient (coupled); no dampening
 * - `adam`: betas 0.9 and 0.999, epsilon 1e-8; weight decay is added to the gradient
 * - `adamw`: as adam, but the parameter itself decays by learningRate * weightDecay first (decoupled)
 */
export function buildOptimizer(parameters: Parameters, choice: OptimizerChoice): Optimizer {
  return choice.name === "sgd" ? new Sgd(parameters, choice) : new Adam(parameters, choice);
}

/** The gradient with the gradient of weightDecay / 2 |parameter|^2 added. */
function withDecay(gradient: Tensor, parameter: Variable, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : gradient.add(parameter.value.mul(weightDecay));
}

/** v = momentum v + g; p = p - learningRate v (or g + momentum v with Nesterov's momentum). */
class Sgd implements Optimizer {
  readonly state: ReadonlyMap<string, StoredVariable>;
  readonly #parameters: Parameters;
  readonly #velocities: Parameters;
  readonly #choice: OptimizerChoice;

  constructor(parameters: Parameters, choice: OptimizerChoice) {
    this.#parameters = parameters;
    this.#velocities = choice.momentum ? zerosBeside(parameters) : new Map();
    this.#choice = choice;
    this.state = new Map(prefixed("momentum", this.#velocities));
  }

  rates(learningRate: number): number[] {
    return [learningRate];
  }

  update(name: string, gradient: Tensor, [rate]: readonly Tensor[]): void {
    const { momentum = 0, weightDecay = 0, nesterov = false } = this.#choice;
    const parameter = this.#parameters.get(name)!;
    const velocity = this.#velocities.get(name);
    const inPlace = velocity !== undefined && !nesterov && weightDecay !== 0;
    const decayed = inPlace ? gradient : withDecay(gradient, parameter, weightDecay);
    if (velocity === undefined) {
      parameter.release();
      descend(parameter, rate!, decayed);
      return;
    }
    velocity.release();
    // m (v + weightDecay / m p) + g = m v + (g + weightDecay p), without tensors of the parameter's size.
    if (inPlace) descend(velocity, number(-weightDecay / momentum), parameter.value);
    parameter.release();
    runMany(
      "ResourceApplyMomentum",
      [T, UNLOCKED, attr.bool("use_nesterov", nesterov)],
      [parameter.handle, velocity.handle, rate!, decayed, number(momentum)],
      0,
    );
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

/** variable = variable - rate by, in place. */
function descend(variable: Variable, rate: Tensor, by: Tensor): void {
  runMany("ResourceApplyGradientDescent", [T, UNLOCKED], [variable.handle, rate, by], 0);
}

// PyTorch's defaults, as the kernel's float32 has them: a correction by 0.999 itself would be 1e-5 off.
const BETA1 = Math.fround(0.9);
const BETA2 = Math.fround(0.999);
const EPSILON = 1e-8;

/**
 * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * p = p - learningRate / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
class Adam implements Optimizer {
  readonly state: ReadonlyMap<string, StoredVariable>;
  readonly #parameters: Parameters;
  readonly #means: Parameters;
  readonly #squares: Parameters;
  readonly #weightDecay: number;
  readonly #decoupled: boolean;

  constructor(parameters: Parameters, { name, weightDecay = 0 }: OptimizerChoice) {
    this.#parameters = parameters;
    this.#means = zerosBeside(parameters);
    this.#squares = zerosBeside(parameters);
    this.#weightDecay = weightDecay;
    this.#decoupled = name === "adamw" && weightDecay > 0;
    this.state = new Map([
      ...prefixed("mean", this.#means),
      ...prefixed("square", this.#squares),
    ]);
  }

  /** The rate and epsilon with the corrections of bias, and what decay leaves of the parameter where it is decoupled. */
  rates(learningRate: number, update: number): number[] {
    const correction1 = 1 - BETA1 ** update;
    const correction2 = Math.sqrt(1 - BETA2 ** update);
    // TensorFlow's kernel adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t)): scaled, both are the same.
    const rates = [learningRate * correction2 / correction1, EPSILON * correction2];
    return this.#decoupled ? [...rates, 1 - learningRate * this.#weightDecay] : rates;
  }

  update(name: string, gradient: Tensor, [rate, epsilon, left]: readonly Tensor[]): void {
    const parameter = this.#parameters.get(name)!;
    const decayed = this.#decoupled ? gradient : withDecay(gradient, parameter, this.#weightDecay);
    if (this.#decoupled) parameter.assign(parameter.value.mul(left!));
    const variables = [parameter, this.#means.get(name)!, this.#squares.get(name)!];
    for (const variable of variables) variable.release();
    // The kernel's own bias correction is switched off (its powers of beta are 0), so that it is in float64 here.
    const none = number(0);
    runMany(
      "ResourceApplyAdam",
      [T, UNLOCKED, attr.bool("use_nesterov", false)],
      [
        ...variables.map(({ handle }) => handle),
        ...[none, none, rate!, number(BETA1), number(BETA2), epsilon!],
        decayed,
      ],
      0,
    );
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
