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
}
