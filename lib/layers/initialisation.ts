/** Initial values, as PyTorch draws them (the distributions are PyTorch's, the numbers our own generator's). */
import { generator } from "../random/mod.ts";

/** Where the initial values of one network come from; a part of a network derives its own. */
export class Initialiser {
  readonly #seed: number;
  readonly #path: string;

  constructor(seed: number, path = "") {
    this.#seed = seed;
    this.#path = path;
  }

  /** The initialiser of the part called `name`: its numbers depend on nothing but the seed and the names. */
  for(name: string): Initialiser {
    return new Initialiser(
      this.#seed,
      this.#path === "" ? name : `${this.#path}.${name}`,
    );
  }

  /**
   * PyTorch's default for weights and biases of convolutions and linear layers: U(-1/sqrt(fanIn), 1/sqrt(fanIn))
   * (`kaiming_uniform_` with a = sqrt(5)).
   */
  uniformByFanIn(size: number, fanIn: number): Float32Array {
    const bound = 1 / Math.sqrt(fanIn);
    const values = new Float32Array(size);
    generator(this.#seed, "weights", this.#path).fillUniform(values);
    for (let i = 0; i < size; i++) values[i] = (2 * values[i]! - 1) * bound;
    return values;
  }

  /** N(0, deviation^2). */
  normal(size: number, deviation: number): Float32Array {
    const values = new Float32Array(size);
    if (deviation === 0) return values;
    const generate = generator(this.#seed, "weights", this.#path);
    for (let i = 0; i < size; i++) values[i] = deviation * generate.normal();
    return values;
  }
}

/** Zeros instead of drawn values. */
export class ZeroInitialiser extends Initialiser {
  constructor() {
    super(0);
  }

  override for(): ZeroInitialiser {
    return this;
  }

  override uniformByFanIn(size: number): Float32Array {
    return new Float32Array(size);
  }

  override normal(size: number): Float32Array {
    return new Float32Array(size);
  }
}

/** How the filters of a convolution or the weights of a linear layer are drawn; biases have PyTorch's default in any case. */
export type WeightDistribution =
  /** PyTorch's default, U(-1/sqrt(fanIn), 1/sqrt(fanIn)). */
  | "default"
  /** `kaiming_normal_` by fan-in: N(0, 2 / fanIn). */
  | "kaimingNormalFanIn"
  /** `kaiming_normal_` by fan-out: N(0, 2 / fanOut). */
  | "kaimingNormalFanOut"
  /** `kaiming_uniform_` by fan-in: U(-b, b) with b = sqrt(6 / fanIn). */
  | "kaimingUniformFanIn"
  /** `xavier_uniform_`: U(-b, b) with b = sqrt(6 / (fanIn + fanOut)). */
  | "xavierUniform"
  /** N(0, deviation^2). */
  | { deviation: number };

/**
 * Draws weights.
 *
 * @param fans The inputs of an output, and the outputs of an input (of all groups, as PyTorch counts them)
 */
export function drawWeights(
  initialiser: Initialiser,
  distribution: WeightDistribution,
  { size, fanIn, fanOut }: { size: number; fanIn: number; fanOut: number },
): Float32Array {
  if (distribution === "default") return initialiser.uniformByFanIn(size, fanIn);
  if (distribution === "kaimingNormalFanIn") return initialiser.normal(size, Math.sqrt(2 / fanIn));
  if (distribution === "kaimingNormalFanOut") {
    return initialiser.normal(size, Math.sqrt(2 / fanOut));
  }
  if (distribution === "kaimingUniformFanIn") return initialiser.uniformByFanIn(size, fanIn / 6);
  if (distribution === "xavierUniform") {
    return initialiser.uniformByFanIn(size, (fanIn + fanOut) / 6);
  }
  return initialiser.normal(size, distribution.deviation);
}
