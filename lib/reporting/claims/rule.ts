import type { Estimate } from "../interval.ts";

/** What a number has to be for a claim to hold. */
export interface Rule {
  /** In words, such as "above 0". */
  words: string;
  /** The ends of the range in which it holds; absent: no end. They do not belong to it unless `closed`. */
  low?: number;
  high?: number;
  closed?: true;
}

/** Whether a claim, or a part of it, holds. */
export type Verdict = "reproduced" | "contradicted" | "undecided" | "not yet run";

/** Above a number of percentage points, by default 0. */
export function above(points = 0): Rule {
  return { words: `above ${pointsText(points)}`, low: points / 100 };
}

/** Below a number of percentage points, by default 0. */
export function below(points = 0): Rule {
  return { words: `below ${pointsText(points)}`, high: points / 100 };
}

/** Between two numbers of percentage points. */
export function between(low: number, high: number): Rule {
  return {
    words: `between ${pointsText(low, false)} and ${pointsText(high)}`,
    low: low / 100,
    high: high / 100,
  };
}

/** "1 point", "−10 points"; 0 is no number of anything. */
export function pointsText(points: number, withUnit = true): string {
  const number = String(points).replace("-", "−");
  return !withUnit || points === 0
    ? number
    : `${number} ${Math.abs(points) === 1 ? "point" : "points"}`;
}

/**
 * Whether an estimate follows a rule: reproduced where its whole interval does, contradicted where none of it does, and
 * undecided where it holds both answers, or where there is no interval.
 */
export function judge({ interval }: Estimate, rule: Rule): Exclude<Verdict, "not yet run"> {
  if (interval === null) return "undecided";
  const inside = interval.map((end) => follows(end, rule));
  if (inside.every((is) => is)) return "reproduced";
  const { low: from = -Infinity, high: to = Infinity, closed } = rule;
  const [low, high] = interval;
  const isApart = closed ? high < from || low > to : high <= from || low >= to;
  return isApart ? "contradicted" : "undecided";
}

/** Whether a number lies in the range of a rule. */
export function follows(
  value: number,
  { low = -Infinity, high = Infinity, closed }: Rule,
): boolean {
  return closed ? value >= low && value <= high : value > low && value < high;
}

/**
 * The verdict of a claim by those of its parts: one that is contradicted contradicts it, all reproduced reproduce it; it is
 * not yet run where no part is, undecided otherwise, also where the trainings of all parts diverged.
 */
export function together(parts: readonly Verdict[]): Verdict {
  if (parts.includes("contradicted")) return "contradicted";
  if (parts.every((part) => part === "reproduced")) return "reproduced";
  return parts.every((part) => part === "not yet run") ? "not yet run" : "undecided";
}
