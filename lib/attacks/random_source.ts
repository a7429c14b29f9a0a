/** Where attacks take their random numbers from; tests put those of another implementation in its place. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { deriveSeed, generator } from "../random/mod.ts";
import { attr, run, tf } from "../tensorflow/mod.ts";

/** The random numbers of one attack on one batch. */
export interface RandomSource {
  /** One uniform number in [0, 1) for each pixel of `count` images, [count, P]. */
  uniform(count: number): Tensor;
  /** One standard normal number for each pixel of `count` images, [count, P]. */
  normal(count: number): Tensor;
  /** `count` uniform numbers in [0, 1). */
  numbers(count: number): Float32Array;
}

const FLOATS = [
  attr.type("dtype", "float32"),
  attr.type("T", "int32"),
  attr.type("Tseed", "int32"),
];

/** Random numbers that depend on the seed and the attack's name alone. */
export function seededSource(seed: number, attack: string, pixels: number): RandomSource {
  const numbers = generator(seed, "attack", attack);
  let draws = 0;
  const draw = (op: string, count: number): Tensor => {
    const words = Int32Array.of(deriveSeed(seed, "attack", attack, "pixels"), draws++);
    const [shape, key] = [tf.tensor1d([count, pixels], "int32"), tf.tensor1d(words, "int32")];
    const drawn = run(op, FLOATS, [shape, key]);
    tf.dispose([shape, key]);
    return drawn;
  };
  return {
    uniform: (count) => draw("StatelessRandomUniform", count),
    normal: (count) => draw("StatelessRandomNormal", count),
    numbers: (count) => {
      const out = new Float32Array(count);
      numbers.fillUniform(out);
      return out;
    },
  };
}
