import { checkArray } from "./arguments.ts";

/**
 * The scores in ascending order, as float64; the input stays as it is.
 *
 * @param measure What they are for, as the error names it
 * @throws {RangeError} when there are none, or one is not finite
 */
export function sortedScores(
  scores: ArrayLike<number>,
  kind: "known" | "unknown",
  measure: string,
): Float64Array {
  checkArray(scores, `${kind} scores`);
  const copy = Float64Array.from(scores);
  if (copy.length === 0) {
    throw new RangeError(`Cannot compute ${measure}: there are no ${kind} scores`);
  }
  const wrong = copy.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) {
    throw new RangeError(`Cannot compute ${measure}: ${kind} score ${wrong} is ${copy[wrong]}`);
  }
  return copy.sort();
}

/** How many samples of each kind a threshold accepts as positive. */
export interface Accepted {
  positive: number;
  negative: number;
}

/**
 * The counts at each threshold, from the strictest on: positive are the samples whose score is at least (known samples
 * positive) or at most (unknown ones) the threshold, so that equal scores are accepted together.
 */
export function* acceptedCounts(
  known: Float64Array,
  unknown: Float64Array,
  positive: "known" | "unknown",
): Generator<Accepted> {
  // ascending in how unlikely the positive kind is; both arrays are ascending in the score
  const [own, other, at] = positive === "unknown"
    ? [unknown, known, (scores: Float64Array, i: number) => scores[i]!]
    : [known, unknown, (scores: Float64Array, i: number) => -scores[scores.length - 1 - i]!];
  let accepted = 0, wrong = 0;
  while (accepted < own.length || wrong < other.length) {
    const threshold = Math.min(
      accepted < own.length ? at(own, accepted) : Infinity,
      wrong < other.length ? at(other, wrong) : Infinity,
    );
    while (accepted < own.length && at(own, accepted) <= threshold) accepted++;
    while (wrong < other.length && at(other, wrong) <= threshold) wrong++;
    yield { positive: accepted, negative: wrong };
  }
}
