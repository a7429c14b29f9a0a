import { conditionNameOf, lossLabel, type Scale } from "../../trials/mod.ts";
import { conditionName, conditionTitle } from "../conditions.ts";
import { counted, listed, rangeText, signed } from "../display.ts";
import type { Estimate } from "../interval.ts";
import { lostTrainings } from "../lacking.ts";
import { claims } from "./catalogue.ts";
import type { Check, Claim, ClaimStatistic, Finding, Source, Unit } from "./claim.ts";
import { follows, judge, type Rule, together, type Verdict } from "./rule.ts";

/** What the results say of a claim. */
export interface Decision {
  claim: Claim;
  scale: Scale;
  verdict: Verdict;
  parts: readonly Part[];
  /** "3 of 15 conditions", "computed", or what has not been run; and how many trainings diverged, which are in no number. */
  coverage: string;
  /** Trials of each condition, as "2" or "1–5"; "–" where none are needed. */
  trials: string;
  /** "MLP on MNIST in place of ResNet18 on CIFAR10", of those conditions that stand in for the paper's. */
  standIns: readonly string[];
}

/** One of the numbers that a claim hangs on, and what it says. */
export interface Part {
  check: Check;
  finding: Finding | undefined;
  /** Where there is none and nothing is left to train: which trainings diverged. */
  lost: string | undefined;
  verdict: Verdict;
}

/** Decides every claim from the results of one scale. */
export function decideAll(source: Source): Decision[] {
  return claims.map((claim) => decide(claim, source));
}

/** Decides one claim. A smoke run decides nothing: it is for tests of the code, its networks have learnt next to nothing. */
export function decide(claim: Claim, source: Source): Decision {
  const { scale } = source.evidence;
  const ofTests = scale === "smoke" && claim.needs.length > 0;
  const parts = claim.checks.map((check): Part => {
    const { statistic } = check;
    const finding = statistic.find(source);
    const lost = finding === undefined && statistic.section !== undefined
      ? lostTrainings(source.evidence.results(statistic.section), concerns(statistic))
      : undefined;
    const verdict = finding === undefined
      ? lost === undefined ? "not yet run" : "undecided"
      : ofTests
      ? "undecided"
      : judge(finding.estimate, check.rule);
    return { check, finding, lost, verdict };
  });
  const there = parts.flatMap(({ finding }) => finding ?? []);
  const counts = there.flatMap(({ trials }) => trials);
  return {
    claim,
    scale,
    verdict: together(parts.map(({ verdict }) => verdict)),
    parts,
    coverage: coverageOf(claim, there) + divergedText(claim, source),
    trials: counts.length === 0 ? "–" : rangeText(counts),
    standIns: standInsOf(parts, source),
  };
}

const marks: Record<Verdict, string> = {
  reproduced: "holds",
  contradicted: "does not hold",
  undecided: "undecided",
  "not yet run": "not yet run",
};

/**
 * "CE − HEM, clean accuracy: −0.06 [−0.40, +0.29] points, wanted between 0 and 1 point: undecided", and in a line of its own, behind
 * a tab, the conditions of which that is not so.
 */
export function sentence({ check: { statistic, rule }, finding, lost, verdict }: Part): string {
  if (finding === undefined) {
    return `${statistic.words}: ${marks[verdict]}${lost === undefined ? "" : `, ${lost}`}`;
  }
  const { estimate, note } = finding;
  const exceptions = exceptionsOf(statistic.unit, rule, finding);
  return [
    `${statistic.words}: ${written(estimate, statistic.unit, finding)}`,
    ...(note === undefined ? [] : [` (${note})`]),
    `, wanted ${rule.words}: ${marks[verdict]}`,
    ...(estimate.interval !== null
      ? []
      : [finding.trials.length > 0 ? " (too few trials for an interval)" : " (no interval)"]),
    ...(exceptions.length === 0 ? [] : [
      `\n\tnot so in ${exceptions.length} of ${finding.conditions.length}: ${listed(exceptions)}`,
    ]),
  ].join("");
}

/** The conditions whose own number is not what the rule wants, with it. */
function exceptionsOf(unit: Unit, rule: Rule, { conditions, counted }: Finding): string[] {
  if (conditions.length < 2) return [];
  const isException = unit === "conditions"
    ? ({ value }: Estimate) => value <= (counted?.above ?? 0)
    : ({ value }: Estimate) => !follows(value, rule);
  return conditions.filter(({ estimate }) => isException(estimate)).map(({ condition, estimate }) =>
    `${conditionTitle(condition)} (${written(estimate, unit === "conditions" ? "points" : unit)})`
  );
}

/** A number with its interval as a reader writes it. */
export function written(
  { value, interval }: Estimate,
  unit: Unit,
  { conditions, counted }: Pick<Finding, "conditions" | "counted"> = { conditions: [] },
): string {
  const brackets = (of: (end: number) => string) =>
    interval === null || interval.every((end) => of(end) === of(value))
      ? ""
      : ` [${interval.map(of).join(", ")}]`;
  switch (unit) {
    case "points": {
      const text = (end: number) => signed(100 * end, 2);
      return `${text(value)}${brackets(text)} points`;
    }
    case "percent": {
      const text = (end: number) => (100 * end).toFixed(1).replace("-", "−");
      return `${text(value)}${brackets(text)} %`;
    }
    case "conditions": {
      if (conditions.length === 0) return written({ value, interval }, "percent");
      const seen = conditions.length;
      const own = `${Math.round(value * seen)} of ${seen}`;
      const of = counted?.of ?? seen;
      const ends = interval?.map((end) => String(Math.round(end * of))) ?? [];
      if (ends.length > 0 && of > seen) return `${own} [${ends.join(", ")} of all ${of}]`;
      return ends.every((end) => own.startsWith(`${end} `)) ? own : `${own} [${ends.join(", ")}]`;
    }
    case "number": {
      const text = (end: number) => end === 0 ? "0" : signed(end, 2);
      return `${text(value)}${brackets(text)}`;
    }
  }
}

/** Our number of a part as a reader writes it, or why there is none. */
export function oursText({ check: { statistic }, finding, lost }: Part): string {
  return finding === undefined
    ? lost ?? "no result yet"
    : written(finding.estimate, statistic.unit, finding);
}

/** The paper's number of a part, in words. */
export function printedText({ check: { printed, statistic } }: Part): string {
  if (printed === undefined) return "no number";
  const { value, note } = printed;
  if (value === null) return note;
  const text = statistic.unit === "conditions"
    ? ""
    : written({ value, interval: null }, statistic.unit);
  return [text, ...(note === "" ? [] : [text === "" ? note : `(${note})`])].filter(Boolean).join(
    " ",
  );
}

/** Ours less the paper's, where both are numbers of the same. */
export function printedDifference({ check: { printed, statistic }, finding }: Part): string {
  if (finding === undefined || printed === undefined || printed.value === null) return "–";
  const { counted, coverage } = finding;
  const isPartial = coverage !== undefined && coverage.there < coverage.of;
  if (statistic.unit === "conditions" && isPartial) return "–";
  const difference = finding.estimate.value - printed.value;
  if (statistic.unit === "conditions" && coverage !== undefined) {
    return signed(Math.round(difference * (counted?.of ?? coverage.of)), 0);
  }
  return signed(100 * difference, 2);
}

function coverageOf({ needs, checks }: Claim, there: readonly Finding[]): string {
  if (needs.length === 0) return there.length === 0 ? "not computed" : "computed";
  const lacking = checks.length - there.length;
  const counts = there.flatMap(({ coverage }) => coverage ?? []);
  if (counts.length === 0) return "nothing";
  const least = counts.reduce((a, b) => b.there / b.of < a.there / a.of ? b : a);
  return `${least.there} of ${least.of} conditions` +
    (lacking === 0 ? "" : `, ${checks.length - lacking} of ${checks.length} numbers`);
}

/** How many trainings diverged of those that a claim's numbers are of. */
function divergedText({ needs, checks }: Claim, { evidence }: Source): string {
  const count =
    needs.flatMap((section) =>
      evidence.results(section).records.filter(({ outcome, trial }) =>
        outcome.name === "diverged" &&
        checks.some(({ statistic }) =>
          statistic.section === section &&
          concerns(statistic)(lossLabel(trial), conditionNameOf(trial))
        )
      )
    ).length;
  return count === 0 ? "" : `; ${counted(count, "training")} diverged`;
}

/** The conditions behind the numbers that stand in for others, each once. */
function standInsOf(parts: readonly Part[], { evidence }: Source): string[] {
  const titles = parts.flatMap(({ check: { statistic }, finding }) => {
    if (finding === undefined || statistic.section === undefined) return [];
    const { conditions, rows } = evidence.results(statistic.section);
    const isBehind = concerns(statistic);
    return conditions.flatMap(({ name, standsFor }) =>
      standsFor !== undefined &&
        rows.some((row) => conditionName(row) === name && isBehind(row.series, name))
        ? [`${conditionTitle(name)} in place of ${conditionTitle(standsFor)}`]
        : []
    );
  });
  return [...new Set(titles)];
}

/** Tells whether a statistic is of the trials of a loss, or a variant of it, in a condition. */
function concerns({ isOf, isIn }: ClaimStatistic) {
  return (series: string, condition: string): boolean =>
    (isOf?.(series) ?? false) && (isIn?.(condition) ?? true);
}
