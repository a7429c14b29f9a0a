/** Random numbers that tests/oracles/attacks.py makes too, bit by bit: a hash of how many were drawn before. */
import type { RandomSource } from "../../lib/attacks/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

/** The `counter`-th number in [0, 1), a multiple of 2^-24 (the finaliser of MurmurHash3). */
export function hashed(counter: number): number {
  let h = Math.imul(counter + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 8) * 2 ** -24;
}

/** A source whose draws for whole images come in PyTorch's order, channel by channel. */
export function hashedSource(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
): RandomSource {
  let drawn = 0;
  const pixels = height * width * channels;
  const images = (count: number, draw: () => number) => {
    const values = new Float32Array(count * pixels);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < height * width; p++) values[i * pixels + p * channels + c] = draw();
      }
    }
    return tf.tensor2d(values, [count, pixels]);
  };
  const uniform = () => hashed(drawn++);
  return {
    uniform: (count) => images(count, uniform),
    // Box and Muller's method; a draw takes two numbers.
    normal: (count) =>
      images(count, () => {
        const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
        return radius * Math.cos(2 * Math.PI * uniform());
      }),
    numbers: (count) => Float32Array.from({ length: count }, uniform),
  };
}
