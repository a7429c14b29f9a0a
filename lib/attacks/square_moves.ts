/** Square Attack's random changes. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { number, op, tf } from "../tensorflow/mod.ts";
import type { Rows, Session } from "./batch.ts";
import { channelNorm, imageNorm, windowAt } from "./rows.ts";
import type { RandomSource } from "./random_source.ts";
import { squarePattern } from "./square_pattern.ts";

const TINY = number(1e-12);

/** The images, and what each has become so far. */
export type SquareRows = Rows & { best: Tensor };

type Draws = Pick<Session, "victim" | "epsilon" | "random">;

/** A whole number in [0, below), as the originals draw it: in float32. */
function integer(random: RandomSource, below: number): number {
  return Math.trunc(Math.fround(below * random.numbers(1)[0]!));
}

/** +1 or -1 each. */
function signs(random: RandomSource, count: number): Float32Array {
  return random.numbers(count).map((u) => Math.sign(2 * u - 1));
}

/** The upper left corner of a square. */
function corner({ victim: { shape: [height, width] }, random }: Draws, side: number) {
  const row = integer(random, height - side);
  return [row, integer(random, width - side)] as const;
}

function pattern(random: RandomSource, side: number): Float32Array {
  return squarePattern(side, random.numbers(1)[0]! > 0.5);
}

/** L-infinity's start: vertical stripes of +epsilon and -epsilon, of their own in each channel. */
export function startLinf(
  { clean, lower, upper }: Rows,
  { victim, epsilon, random }: Draws,
): Tensor {
  const [count, [height, width, channels]] = [clean.shape[0]!, victim.shape];
  const drawn = tf.tensor4d(signs(random, count * channels * width), [count, channels, 1, width]);
  const stripes = drawn.transpose([0, 2, 3, 1]).mul(number(epsilon)).tile([1, height, 1, 1]);
  return op.clipByValue(op.add(clean, stripes.reshape(clean.shape)), lower, upper);
}

/** Changed images, [n, P], and what the victim says to them. */
export type Proposal = { candidates: Tensor; logits: Tensor };

/** L-infinity's candidates: one square changed by 2 epsilon up or down in each channel, the same for all images. */
export function proposeLinf(
  { best, lower, upper }: SquareRows,
  side: number,
  draws: Draws,
): Proposal {
  const { victim, epsilon, random } = draws;
  const { shape: [, width, channels], pixels } = victim;
  const [top, left] = corner(draws, side);
  const changes = signs(random, channels).map((sign) => 2 * epsilon * sign);
  const delta = new Float32Array(pixels);
  for (let row = top; row < top + side; row++) {
    for (let column = left; column < left + side; column++) {
      delta.set(changes, (row * width + column) * channels);
    }
  }
  const step = ({ best, lower, upper, delta }: Record<string, Tensor>): Proposal => {
    const candidates = op.clipByValue(op.add(best!, delta!), lower!, upper!);
    return { candidates, logits: victim.logits(candidates) };
  };
  return victim.step("Square Attack query", step, {
    best,
    lower,
    upper,
    delta: tf.tensor2d(delta, [1, pixels]),
  });
}

/** L2's start: the image tiled with patterns of random sign, the whole of norm epsilon. */
export function startL2({ clean, lower, upper }: Rows, { victim, epsilon, random }: Draws): Tensor {
  const [count, [height, width, channels]] = [clean.shape[0]!, victim.shape];
  const side = Math.max(1, Math.floor(height / 5));
  const first = Math.max(0, Math.floor((height - 5 * side) / 2));
  const delta = new Float32Array(clean.size);
  const [down, across] = [Math.floor(height / side), Math.floor(width / side)];
  for (let tile = 0; tile < down * across; tile++) {
    const values = pattern(random, side);
    const drawn = signs(random, count * channels);
    const top = first + side * Math.floor(tile / across);
    const left = first + side * (tile % across);
    // The originals fail where the last tile reaches out of the image; here it is cut.
    const [rows, columns] = [Math.min(side, height - top), Math.min(side, width - left)];
    for (let i = 0; i < count; i++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const at = ((i * height + top + row) * width + left + column) * channels;
          const value = values[row * side + column]!;
          for (let c = 0; c < channels; c++) delta[at + c] = value * drawn[i * channels + c]!;
        }
      }
    }
  }
  const change = tf.tensor2d(delta, clean.shape as [number, number]);
  const scaled = op.mul(op.div(change, op.add(op.rowNorm(change), TINY)), number(epsilon));
  return op.clipByValue(op.add(clean, scaled), lower, upper);
}

/**
 * L2's candidates: the change in a second square is given up, and what norm it had, with what is left of epsilon, goes to a
 * first square, where a pattern of random sign is added to the direction of the change that is there.
 *
 * @param isDone 1 for images that draw no signs any more, [n]
 */
export function proposeL2(
  { clean, best, lower, upper }: SquareRows,
  isDone: Uint8Array,
  side: number,
  draws: Draws & { perChannel: boolean },
): Proposal {
  const { victim, random } = draws;
  const { shape } = victim;
  const channels = shape[2];
  const count = clean.shape[0]!;
  const [top, left] = corner(draws, side);
  const second = corner(draws, side);
  const values = tf.tensor4d(pattern(random, side), [1, side, side, 1]);
  const open = isDone.reduce((sum, done) => sum + 1 - done, 0);
  const drawn = signs(random, open * channels);
  const all = new Float32Array(count * channels).fill(1);
  let next = 0;
  isDone.forEach((done, i) => {
    if (done) return;
    all.set(drawn.subarray(next, next + channels), i * channels);
    next += channels;
  });
  return victim.step("Square Attack query", placeL2(draws), {
    clean,
    best,
    lower,
    upper,
    values,
    drawn: tf.tensor4d(all, [count, 1, 1, channels]),
    corner: tf.tensor1d([top, left], "int32"),
    left: windowsLeftOut(shape, side, [[top, left], second]),
  });
}

/** The numbers of {@linkcode proposeL2}, as a function of what was drawn. */
function placeL2(
  { victim, epsilon, perChannel }: Pick<Draws, "victim" | "epsilon"> & { perChannel: boolean },
) {
  const { shape } = victim;
  const [height, width, channels] = shape;
  return (
    { clean, best, lower, upper, values, drawn, corner, left }: Record<
      "clean" | "best" | "lower" | "upper" | "values" | "drawn" | "corner" | "left",
      Tensor
    >,
  ): Proposal => {
    const count = clean.shape[0]!;
    const side = values.shape[1]!;
    const change = op.sub(best, clean).reshape([count, ...shape]) as Tensor4D;
    const there = windowAt(change, corner, side);
    const outside = op.mul(change, left);
    const inside = op.sub(change, outside);
    const normOf = perChannel ? channelNorm : imageNorm;
    const unused = op.sub(number(epsilon ** 2), op.square(imageNorm(change)));
    const budget = op.sqrt(op.add(
      op.div(op.maximum(unused, number(0)), number(channels)),
      op.square(normOf(inside)),
    ));
    const direction = op.add(
      op.mul(values, drawn),
      op.div(there, op.add(TINY, channelNorm(there))),
    );
    const fresh = op.mul(op.div(direction, op.add(TINY, channelNorm(direction))), budget);
    const padded = tf.pad4d(fresh as Tensor4D, [
      [0, 0],
      [0, height - side],
      [0, width - side],
      [0, 0],
    ]);
    const whole = op.add(outside, op.roll(padded, corner, [1, 2])).reshape(clean.shape);
    const scale = op.div(number(epsilon), op.add(op.rowNorm(whole), TINY));
    const candidates = op.clipByValue(op.add(clean, op.mul(whole, scale)), lower, upper);
    return { candidates, logits: victim.logits(candidates) };
  };
}

/** [1, H, W, 1]: 0 in the squares, 1 elsewhere. */
function windowsLeftOut(
  [height, width]: readonly [height: number, width: number, channels: number],
  side: number,
  corners: readonly (readonly [top: number, left: number])[],
): Tensor {
  const mask = new Float32Array(height * width).fill(1);
  for (const [top, left] of corners) {
    for (let row = top; row < top + side; row++) {
      mask.fill(0, row * width + left, row * width + left + side);
    }
  }
  return tf.tensor4d(mask, [1, height, width, 1]);
}
