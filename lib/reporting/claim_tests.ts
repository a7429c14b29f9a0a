import { mean } from "simple-statistics";
import type { LossName } from "../trials/mod.ts";
import { balancedLosses, lossStyle } from "./display.ts";
import { averages, type Measure, measured, measures } from "./measures.ts";
import type { Results } from "./results_table.ts";

/** What the results say about a claim. */
export interface Verdict {
  verdict: "reproduced" | "contradicted" | "not decided" | "not yet run";
  /** The numbers that decide it. */
  numbers: string;
}

/**
 * The claims of section 5.1 as tests over its results, by their id in data/paper/claims.csv; the
 * last column of that file says in words what each compares. Others are not yet run.
 */
export const claimTests: Readonly<Record<string, (results: Results) => Verdict | undefined>> = {
  "clean-ce-best": (results) => smallAdvantageOfCe(results, measures.clean),
  "corrupt-ce-best": (results) => smallAdvantageOfCe(results, measures.corrupt),
  "hem-like-ln": (results) => {
    const pairs = differences(results, accuracies, "hem", "ln");
    // claims.csv: within 0.5 points on average.
    return pairs && verdict(
      pairs.found.every(({ mean }) => Math.abs(mean) <= 0.005),
      `HEM − LN: ${pairs.text}`,
    );
  },
  "hem-over-dice-mm": (results) => {
    const dice = differences(results, accuracies, "hem", "dice");
    const mm = differences(results, accuracies, "hem", "mm");
    return dice && mm && verdict(
      // "Far exceed": the paper gives no number; at least one point is asked for.
      [...dice.found, ...mm.found].every(({ mean }) => mean >= 0.01),
      `HEM − DICE: ${dice.text}; HEM − MM: ${mm.text}`,
    );
  },
  "auroc-14-of-15": (results) => {
    const auroc = difference(results, measures.unknownMsp, "hem", "ce");
    // All but one of fifteen; of fewer conditions, all but one fifteenth of them.
    return auroc && verdict(
      auroc.wins / auroc.count >= 14 / 15,
      `HEM above CE in ${auroc.wins} of ${auroc.count}; HEM − CE ${describe(auroc)}`,
    );
  },
  "dar-consistent": (results) => {
    const dar = difference(results, measures.attack, "hem", "ce");
    return dar && verdict(
      dar.wins === dar.count,
      `HEM above CE in ${dar.wins} of ${dar.count}; HEM − CE ${describe(dar)}`,
    );
  },
  "advantage-larger": (results) => {
    const rejection = differences(results, rejections, "hem", "ce");
    const accuracy = differences(results, accuracies, "ce", "hem");
    return rejection && accuracy && verdict(
      Math.min(...rejection.found.map(({ mean }) => mean)) >
        Math.max(...accuracy.found.map(({ mean }) => mean)),
      `HEM − CE: ${rejection.text}; CE − HEM: ${accuracy.text}`,
    );
  },
  "hem-best-rejection": (results) => {
    const rankings = rejections.map((measure) => ({
      measure,
      ranked: averages(measured(results, measure), balancedLosses)
        .toSorted((a, b) => b.mean - a.mean),
    })).filter(({ ranked }) => ranked.length > 0);
    if (rankings.length === 0) return undefined;
    const texts = rankings.map(({ measure, ranked }) =>
      `${measure.words} ${
        ranked.map(({ loss, mean }) => `${lossStyle(loss).label} ${(100 * mean).toFixed(2)}`)
          .join(" > ")
      } %`
    );
    return verdict(
      rankings.every(({ ranked }) => ranked[0]!.loss === "hem"),
      [...texts, ...notRun(rejections, rankings.map(({ measure }) => measure))].join("; "),
    );
  },
  "mm-no-rejection": (results) => {
    const auroc = difference(results, measures.unknownMsp, "mm", "ce");
    const clean = difference(results, measures.clean, "mm", "ce");
    return auroc && clean && verdict(
      auroc.mean <= 0 && clean.mean < 0,
      `MM − CE: AUROC ${describe(auroc)}, clean ${describe(clean)}`,
    );
  },
  overconfidence: (results) => {
    const confident = measured(results, {
      name: "confident",
      title: "Share of test images with MSP above 0.99",
      words: "share of test images with MSP above 0.99",
      stage: "clean",
      metric: "msp_above_0.99",
    });
    const shares = averages(confident, ["ce", "ln", "mm", "hem"]);
    if (shares.length === 0) return undefined;
    const text = shares.map(({ loss, mean }) =>
      `${lossStyle(loss).label} ${(100 * mean).toFixed(1)}`
    );
    return verdict(
      shares[0]!.mean > 0.5 && shares.slice(1).every(({ mean }) => mean < shares[0]!.mean),
      `MSP above 0.99: ${text.join(", ")} % of test images`,
    );
  },
};

// What the paper's sentences on "clean and corrupt accuracy" and on "both rejections" speak of.
const accuracies: readonly Measure[] = [measures.clean, measures.corrupt];
const rejections: readonly Measure[] = [measures.unknownMsp, measures.attack];

/** The differences by those of some measures that have results, and all in words; undefined where none has. */
function differences(
  results: Results,
  wanted: readonly Measure[],
  first: LossName,
  second: LossName,
): { found: Difference[]; text: string } | undefined {
  const pairs = wanted.flatMap((measure) => {
    const found = difference(results, measure, first, second);
    return found ? [{ measure, found }] : [];
  });
  if (pairs.length === 0) return undefined;
  return {
    found: pairs.map(({ found }) => found),
    text: [
      ...pairs.map(({ measure, found }) => `${measure.words} ${describe(found)}`),
      ...notRun(wanted, pairs.map(({ measure }) => measure)),
    ].join(", "),
  };
}

function notRun(wanted: readonly Measure[], there: readonly Measure[]): string[] {
  return wanted.filter((measure) => !there.includes(measure))
    .map(({ words }) => `${words} not yet run`);
}

interface Difference {
  /** Mean over conditions, as a fraction. */
  mean: number;
  /** Conditions in which the first loss is above the second. */
  wins: number;
  count: number;
}

/** One loss minus another, over the trials with the same number, then over the conditions. */
function difference(
  results: Results,
  measure: Measure,
  first: LossName,
  second: LossName,
): Difference | undefined {
  const { cells } = measured(results, measure);
  const means = cells.filter(({ loss }) => loss === first).flatMap((a) => {
    const b = cells.find(({ loss, data, network }) =>
      loss === second && data === a.data && network === a.network
    );
    const paired = a.trials.filter((trial) => b?.trials.includes(trial));
    if (b === undefined || paired.length === 0) return [];
    return [
      mean(paired.map((t) => a.values[a.trials.indexOf(t)]! - b.values[b.trials.indexOf(t)]!)),
    ];
  });
  if (means.length === 0) return undefined;
  return { mean: mean(means), wins: means.filter((d) => d > 0).length, count: means.length };
}

/** CE above HEM on average, by less than one point: "small" has no number in the paper. */
function smallAdvantageOfCe(results: Results, measure: Measure): Verdict | undefined {
  const found = difference(results, measure, "ce", "hem");
  return found && verdict(
    found.mean > 0 && found.mean < 0.01,
    `CE − HEM ${describe(found)}; CE above HEM in ${found.wins} of ${found.count}`,
  );
}

function describe({ mean, count }: Difference): string {
  const points = (100 * mean).toFixed(2).replace("-", "−");
  return `${points} points over ${count} ${count === 1 ? "condition" : "conditions"}`;
}

function verdict(holds: boolean, numbers: string): Verdict {
  return { verdict: holds ? "reproduced" : "contradicted", numbers };
}
