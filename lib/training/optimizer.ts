/** Optimisers with PyTorch's update rules, on TensorFlow's fused kernels: one or two ops per parameter. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { StoredVariable } from "../layers/mod.ts";
import { attr, runMany, tf, type Variable } from "../tensorflow/mod.ts";
import type { OptimizerChoice } from "../trials/mod.ts";

const T = attr.type("T", "float32");
const UNLOCKED = attr.bool("use_locking", false);

/** Learnt variables by name. */
export type Parameters = ReadonlyMap<string, StoredVariable>;

/** Moves parameters along their gradients. */
export interface Optimizer {
  /** The optimiser's memory by name (`momentum.conv1.weight`), to be stored with a checkpoint. */
  readonly state: ReadonlyMap<string, StoredVariable>;
  /**
   * One update.
   *
   * @param gradients In the order of the parameters
   * @param learningRate Of this step
   * @param step Number of this update, from 1
   */
  update(gradients: readonly Tensor[], learningRate: number, step: number): void;
  /** Frees the optimiser's memory. */
  dispose(): void;
}

/**
 * The optimiser of a recipe, with PyTorch's defaults where the recipe is silent.
 *
 * - `sgd`: momentum 0 unless given; weight decay is added to the gradient (coupled); no dampening
 * - `adam`: betas 0.9 and 0.999, epsilon 1e-8; weight decay is added to the gradient
 * - `adamw`: as adam, but the parameter itself decays by learningRate * weightDecay first (decoupled)
 */
export function buildOptimizer(parameters: Parameters, choice: OptimizerChoice): Optimizer {
  return choice.name === "sgd" ? new Sgd(parameters, choice) : new Adam(parameters, choice);
}

/** A variable of zeros beside every parameter. */
function zerosBeside(parameters: Parameters): StoredVariable[] {
  return [...parameters.values()].map(({ layout }) =>
    new StoredVariable(new Float32Array(layout.shape.reduce((a, b) => a * b, 1)), layout)
  );
}

function named(prefix: string, parameters: Parameters, variables: readonly StoredVariable[]) {
  return [...parameters.keys()].map((name, i) => [`${prefix}.${name}`, variables[i]!] as const);
}

/** The gradient with the gradient of weightDecay / 2 |parameter|^2 added. */
function withDecay(gradient: Tensor, parameter: Variable, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : gradient.add(parameter.value.mul(weightDecay));
}

/** v = momentum v + g; p = p - learningRate v (or g + momentum v with Nesterov's momentum). */
class Sgd implements Optimizer {
  readonly state: ReadonlyMap<string, StoredVariable>;
  readonly #parameters: readonly StoredVariable[];
  readonly #velocities: readonly StoredVariable[];
  readonly #choice: OptimizerChoice;

  constructor(parameters: Parameters, choice: OptimizerChoice) {
    this.#parameters = [...parameters.values()];
    this.#velocities = choice.momentum ? zerosBeside(parameters) : [];
    this.#choice = choice;
    this.state = new Map(choice.momentum ? named("momentum", parameters, this.#velocities) : []);
  }

  update(gradients: readonly Tensor[], learningRate: number): void {
    const { momentum = 0, weightDecay = 0, nesterov = false } = this.#choice;
    tf.tidy(() => {
      const rate = tf.scalar(learningRate);
      const kept = tf.scalar(momentum);
      this.#parameters.forEach((parameter, i) => {
        const gradient = withDecay(gradients[i]!, parameter, weightDecay);
        parameter.release();
        if (momentum === 0) {
          const inputs = [parameter.handle, rate, gradient];
          runMany("ResourceApplyGradientDescent", [T, UNLOCKED], inputs, 0);
          return;
        }
        const velocity = this.#velocities[i]!;
        velocity.release();
        runMany(
          "ResourceApplyMomentum",
          [T, UNLOCKED, attr.bool("use_nesterov", nesterov)],
          [parameter.handle, velocity.handle, rate, gradient, kept],
          0,
        );
      });
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

/**
 * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * p = p - learningRate / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
class Adam implements Optimizer {
  readonly state: ReadonlyMap<string, StoredVariable>;
  readonly #parameters: readonly StoredVariable[];
  readonly #means: readonly StoredVariable[];
  readonly #squares: readonly StoredVariable[];
  readonly #choice: OptimizerChoice;
  // PyTorch's defaults, as the kernel's float32 has them: a correction by 0.999 itself would be 1e-5 off.
  readonly #beta1 = Math.fround(0.9);
  readonly #beta2 = Math.fround(0.999);
  readonly #epsilon = 1e-8;

  constructor(parameters: Parameters, choice: OptimizerChoice) {
    this.#parameters = [...parameters.values()];
    this.#means = zerosBeside(parameters);
    this.#squares = zerosBeside(parameters);
    this.#choice = choice;
    this.state = new Map([
      ...named("mean", parameters, this.#means),
      ...named("square", parameters, this.#squares),
    ]);
  }

  update(gradients: readonly Tensor[], learningRate: number, step: number): void {
    const { weightDecay = 0 } = this.#choice;
    const decoupled = this.#choice.name === "adamw" && weightDecay > 0;
    const correction1 = 1 - this.#beta1 ** step;
    const correction2 = Math.sqrt(1 - this.#beta2 ** step);
    tf.tidy(() => {
      // TensorFlow's kernel adds epsilon to sqrt(v), PyTorch to sqrt(v / (1 - beta2^t)): scaled, both are the same.
      // The kernel's own bias correction is switched off (its powers of beta are 0), so that it is in float64 here.
      const none = tf.scalar(0);
      const rate = tf.scalar(learningRate * correction2 / correction1);
      const epsilon = tf.scalar(this.#epsilon * correction2);
      const [beta1, beta2] = [tf.scalar(this.#beta1), tf.scalar(this.#beta2)];
      this.#parameters.forEach((parameter, i) => {
        const gradient = decoupled
          ? gradients[i]!
          : withDecay(gradients[i]!, parameter, weightDecay);
        if (decoupled) parameter.assign(parameter.value.mul(1 - learningRate * weightDecay));
        const [mean, square] = [this.#means[i]!, this.#squares[i]!];
        for (const variable of [parameter, mean, square]) variable.release();
        const variables = [parameter.handle, mean.handle, square.handle];
        const rates = [none, none, rate, beta1, beta2, epsilon];
        runMany(
          "ResourceApplyAdam",
          [T, UNLOCKED, attr.bool("use_nesterov", false)],
          [...variables, ...rates, gradient],
          0,
        );
      });
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
