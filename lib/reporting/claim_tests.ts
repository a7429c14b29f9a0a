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
    const clean = difference(results, measures.clean, "hem", "ln");
    // claims.csv: within 0.5 points on average.
    return clean &&
      verdict(Math.abs(clean.mean) <= 0.005, `HEM − LN ${describe(clean)}; clean only`);
  },
  "hem-over-dice-mm": (results) => {
    const dice = difference(results, measures.clean, "hem", "dice");
    const mm = difference(results, measures.clean, "hem", "mm");
    return dice && mm && verdict(
      // "Far exceed": the paper gives no number; at least one point is asked for.
      dice.mean >= 0.01 && mm.mean >= 0.01,
      `HEM − DICE ${describe(dice)}, HEM − MM ${describe(mm)}; clean only`,
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
    const auroc = difference(results, measures.unknownMsp, "hem", "ce");
    const clean = difference(results, measures.clean, "ce", "hem");
    return auroc && clean && verdict(
      auroc.mean > clean.mean,
      `AUROC HEM − CE ${describe(auroc)}, clean accuracy CE − HEM ${describe(clean)}`,
    );
  },
  "hem-best-rejection": (results) => {
    const ranked = averages(measured(results, measures.unknownMsp), balancedLosses)
      .toSorted((a, b) => b.mean - a.mean);
    if (ranked.length === 0) return undefined;
    const order = ranked.map(({ loss, mean }) =>
      `${lossStyle(loss).label} ${(100 * mean).toFixed(2)}`
    );
    return verdict(ranked[0]!.loss === "hem", `${order.join(" > ")} %; unknown classes only`);
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
