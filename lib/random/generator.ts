import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** What a stream is for, e.g. `["order", 3]` for the order of the images in epoch 3. */
export type Purpose = (string | number)[];

/** One stream of random numbers. Every call moves it forward. */
export interface Generator {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A multiple of 2^-53 in [0, 1): 53 random bits. */
  uniform(): number;
  /** A whole number in [0, below), each equally likely. Throws RangeError unless 1 <= below <= 2^53 - 1. */
  integer(below: number): number;
  /** A draw from the normal distribution with mean 0 and variance 1. */
  normal(): number;
  /** The numbers 0 .. n-1 in random order, every order equally likely (Fisher-Yates). */
  permutation(n: number): Uint32Array;
  /** Fills `out` with multiples of 2^-24 in [0, 1): all the bits of which a float32 can keep every multiple. */
  fillUniform(out: Float32Array): void;
}

/**
 * A stream of random numbers (xoroshiro128+) that depends on `seed` and `purpose` alone.
 *
 * Streams of different purposes are independent: the generator's 128 bits of state are the head of the SHA-256 of both.
 * The numbers 1 and the string "1" are different purposes.
 *
 * @throws {RangeError} when the seed is no safe integer, or a number in the purpose is not finite
 *
 * ```ts
 * const order = generator(7, "order", 3).permutation(60_000);
 * ```
 */
export function generator(seed: number, ...purpose: Purpose): Generator {
  const digest = hash(seed, purpose);
  return new PureRandGenerator(
    xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.getInt32(offset))),
  );
}

/**
 * A seed in [0, 2^31) for ops that bring their own generator, such as TensorFlow's stateless ones.
 *
 * It shares no bits with the state of `generator(seed, ...purpose)`.
 *
 * @throws {RangeError} as `generator`
 */
export function deriveSeed(seed: number, ...purpose: Purpose): number {
  return hash(seed, purpose).getUint32(16) >>> 1;
}

function hash(seed: number, purpose: Purpose): DataView {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed a generator with ${seed}: the seed must be a safe integer`);
  }
  // JSON would write NaN and Infinity as null, and so give two purposes one stream
  const odd = purpose.find((part) => typeof part === "number" && !Number.isFinite(part));
  if (odd !== undefined) {
    throw new RangeError(`Cannot name a random stream by ${odd}: use a finite number or a string`);
  }
  const digest = createHash("sha256").update(JSON.stringify([seed, ...purpose])).digest();
  return new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
}

class PureRandGenerator implements Generator {
  readonly #source: RandomGenerator;
  #spareNormal: number | undefined;

  constructor(source: RandomGenerator) {
    this.#source = source;
  }

  uint32(): number {
    return this.#source.next() >>> 0;
  }

  uniform(): number {
    return uniformFloat64(this.#source);
  }

  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(
        `Cannot draw an integer below ${below}: give a whole number of at least 1`,
      );
    }
    return uniformInt(this.#source, 0, below - 1);
  }

  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    // Box-Muller; 1 - u lies in (0, 1], so that the logarithm is finite
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  permutation(n: number): Uint32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 32) {
      throw new RangeError(`Cannot permute ${n} elements: give a whole number in 0 .. 2^32`);
    }
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = uniformInt(this.#source, 0, i);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  fillUniform(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = (this.#source.next() >>> 8) * 2 ** -24;
  }
}
