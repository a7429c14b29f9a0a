import type { Evidence } from "../evidence.ts";
import type { Estimate } from "../interval.ts";
import type { Rule } from "./rule.ts";

/** Something that the paper says in words, as data: what decides it, and how. */
export interface Claim {
  id: string;
  /** The section of the paper whose notebook it belongs to. */
  section: string;
  /** Where in the paper it stands. */
  place: string;
  statement: string;
  /** The sections whose results decide it; none where it is computed without trials. */
  needs: readonly string[];
  /** What is computed, and what it has to be: all of them for the claim to hold. */
  checks: readonly Check[];
}

/** One number that a claim hangs on. */
export interface Check {
  statistic: ClaimStatistic;
  rule: Rule;
  /** What the paper prints of the same number. */
  printed?: Printed;
}

/** A number of the paper, in the statistic's unit, or why there is none. */
export interface Printed {
  value: number | null;
  note: string;
}

/** A number to be computed from trials, or without any. */
export interface ClaimStatistic {
  /** As it stands in a sentence: "HEM − CE, clean accuracy". */
  words: string;
  /** How it is written. */
  unit: Unit;
  /** The section whose trials it is of; absent: of no trials. */
  section?: string;
  /** Whether it is of the trials of a loss, or a variant of it; absent: of no trials. */
  isOf?(series: string): boolean;
  /** Whether it is of a condition, by `data/network`; absent: of all of its section. */
  isIn?(condition: string): boolean;
  /** Undefined where there is nothing to compute it from. */
  find(source: Source): Finding | undefined;
}

/** Differences of percentages, percentages, numbers of conditions, or plain numbers. */
export type Unit = "points" | "percent" | "conditions" | "number";

/** What a claim may be computed from. */
export interface Source {
  evidence: Evidence;
  /** What needs TensorFlow or a benchmark: numbers by name. */
  computed: Readonly<Record<string, ComputedNumber>>;
}

/** A number that was found, and what stands behind it. */
export interface Finding {
  estimate: Estimate;
  /** Said behind it, such as the loss that comes second. */
  note?: string;
  /** The same in each condition, where it has a meaning there; where they are counted, what makes one count. */
  conditions: readonly { condition: string; estimate: Estimate }[];
  /** Where conditions, or tasks, are counted: above what the number of one has to be, and how many there should be. */
  counted?: { above: number; of: number };
  /** The conditions in it and those that the section has; absent where it is of no trials. */
  coverage?: { there: number; of: number };
  /** Trials of each condition. */
  trials: readonly number[];
}

/** A number without trials: an exact one has an interval of its own value alone. */
export interface ComputedNumber {
  estimate: Estimate;
  note?: string;
}
