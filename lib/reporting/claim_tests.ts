import { type LossName, type StageRecord } from "../trials/mod.ts";
import { balancedLosses, lossStyle } from "./display.ts";
import { averages, type Difference, difference } from "./averages.ts";
import { corruptMeasure, type Measure, measured, measures } from "./measures.ts";
import { signed } from "./numbers.ts";
import { type Results, resultsOf } from "./results_table.ts";

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
  "corrupt-ce-best": (results) => smallAdvantageOfCe(results, corruptMeasure(results)),
  "hem-like-ln": (results) => {
    const pairs = differences(results, accuracies(results), "hem", "ln");
    // claims.csv: within 0.5 points on average.
    return pairs && verdict(
      pairs.found.every(({ mean }) => Math.abs(mean) <= 0.005),
      `HEM − LN: ${pairs.text}`,
    );
  },
  "hem-over-dice-mm": (results) => {
    const dice = differences(results, accuracies(results), "hem", "dice");
    const mm = differences(results, accuracies(results), "hem", "mm");
    return dice && mm && verdict(
      // "Far exceed": the paper gives no number; at least one point is asked for.
      [...dice.found, ...mm.found].every(({ mean }) => mean >= 0.01),
      `HEM − DICE: ${dice.text}; HEM − MM: ${mm.text}`,
    );
  },
  "auroc-14-of-15": (results) => {
    const auroc = difference(measured(results, measures.unknownMsp), "hem", "ce");
    // All but one of fifteen; of fewer conditions, all but one fifteenth of them.
    return auroc && verdict(
      auroc.wins / auroc.conditions.length >= 14 / 15,
      `HEM above CE in ${winsOf(auroc)}; HEM − CE ${describe(auroc)}`,
    );
  },
  "dar-consistent": (results) => {
    const dar = difference(measured(results, measures.attack), "hem", "ce");
    return dar && verdict(
      dar.wins === dar.conditions.length,
      `HEM above CE in ${winsOf(dar)}; HEM − CE ${describe(dar)}`,
    );
  },
  "advantage-larger": (results) => {
    const rejection = differences(results, rejections, "hem", "ce");
    const accuracy = differences(results, accuracies(results), "ce", "hem");
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
    const auroc = difference(measured(results, measures.unknownMsp), "mm", "ce");
    const clean = difference(measured(results, measures.clean), "mm", "ce");
    return auroc && clean && verdict(
      // An improvement that is within the spread over trials is none.
      auroc.mean <= (auroc.sd ?? 0) && clean.mean < 0,
      `MM − CE: AUROC ${describe(auroc)}, clean ${describe(clean)}`,
    );
  },
  overconfidence: (results) => {
    const losses: LossName[] = ["ce", "ln", "mm", "hem"];
    const shares = averages(measured(results, confident), losses);
    const spreads = averages(measured(withSpreads(results), spread), losses);
    if (shares.length === 0 || spreads.length === 0) return undefined;
    const [ce, ...others] = losses.map((_, i) => [shares[i]!.mean, spreads[i]!.mean] as const);
    const list = (values: string[]) =>
      losses.map((loss, i) => `${lossStyle(loss).label} ${values[i]}`).join(", ");
    return verdict(
      ce![0] > 0.5 && others.every(([share, spread]) => share < ce![0] && spread > ce![1]),
      `MSP above 0.99: ${list(shares.map(({ mean }) => (100 * mean).toFixed(1)))} % of test ` +
        `images; standard deviation of MSP: ${list(spreads.map(({ mean }) => mean.toFixed(2)))}`,
    );
  },
};

const confident: Measure = {
  name: "confident",
  title: "Share of test images with MSP above 0.99",
  words: "share of test images with MSP above 0.99",
  stage: "clean",
  metric: "msp_above_0.99",
};
const spread: Measure = {
  name: "spread",
  title: "Standard deviation of the test images' MSP",
  words: "standard deviation of MSP",
  stage: "clean",
  metric: "msp_spread",
};

/** Results whose numbers are the standard deviations of the stored histograms of MSP, to half a bin. */
function withSpreads({ section, scale, records }: Results): Results {
  return resultsOf(section, scale, records.map((record) => ({ ...record, rows: spreads(record) })));
}

function spreads({ histograms = [] }: StageRecord): StageRecord["rows"] {
  return histograms.filter(({ score }) => score === "msp")
    .map(({ dataset, low, high, counts }) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const centre = (bin: number) => low + (bin + 0.5) * (high - low) / counts.length;
      const meanOf = (of: (x: number) => number) =>
        counts.reduce((sum, count, bin) => sum + count * of(centre(bin)), 0) / total;
      const mean = meanOf((x) => x);
      return { dataset, metric: spread.metric, value: Math.sqrt(meanOf((x) => (x - mean) ** 2)) };
    });
}

// What the paper's sentences on "clean and corrupt accuracy" and on "both rejections" speak of.
const accuracies = (results: Results): Measure[] => [measures.clean, corruptMeasure(results)];
const rejections: readonly Measure[] = [measures.unknownMsp, measures.attack];

/** The differences by those of some measures that have results, and all in words; undefined where none has. */
function differences(
  results: Results,
  wanted: readonly Measure[],
  first: LossName,
  second: LossName,
): { found: Difference[]; text: string } | undefined {
  const pairs = wanted.flatMap((measure) => {
    const found = difference(measured(results, measure), first, second);
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

/**
 * CE above HEM on average, by less than one point, and in most conditions: "small" and "consistent" have no numbers in the
 * paper.
 */
function smallAdvantageOfCe(results: Results, measure: Measure): Verdict | undefined {
  const found = difference(measured(results, measure), "ce", "hem");
  return found && verdict(
    found.mean > 0 && found.mean < 0.01 && found.wins > found.conditions.length / 2,
    `CE − HEM ${describe(found)}; CE above HEM in ${winsOf(found)}`,
  );
}

/** "+2.90 ± 0.41 points over 3 conditions": mean and standard deviation over trials. */
function describe({ mean, sd, conditions: { length } }: Difference): string {
  const spread = sd === null ? "" : ` ± ${(100 * sd).toFixed(2)}`;
  return `${signed(100 * mean, 2)}${spread} points over ${length} ${
    length === 1 ? "condition" : "conditions"
  }`;
}

function winsOf({ wins, conditions }: Difference): string {
  return `${wins} of ${conditions.length}`;
}

/** A verdict by whether a claim holds. */
export function verdict(holds: boolean, numbers: string): Verdict {
  return { verdict: holds ? "reproduced" : "contradicted", numbers };
}
