import { mean, sum } from "simple-statistics";
import { written } from "../claims/mod.ts";
import { conditionTitle } from "../conditions.ts";
import { type Curve, curvesOf } from "../curves.ts";
import { percent, seriesLabel } from "../display.ts";
import type { Entry } from "../entry.ts";
import { type Evidence, pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import {
  differenceRange,
  type Estimate,
  estimate,
  intervalSentence,
  type PairedTrials,
} from "../interval.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { type Measure, measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { setsSentence } from "../unknown_sets.ts";

const section = "beyond";
const skipping = "hem@skip";
const shownSeries = ["ce", "hem", skipping] as const;
const shownMeasures = [measures.clean, measures.unknownMsp, measures.unknownMls];

/**
 * Beyond the paper: HEM with the images that it has learnt left out, beside HEM and CE over as many epochs: the images
 * presented, the time, and what it does to accuracy and rejection.
 */
export const skippingTable: Entry = {
  name: "table_skipping",
  section,
  needs: [section],
  draw({ evidence }): Table {
    const results = evidence.results(section);
    const clean = measured(results, measures.clean);
    const { scale, sentence, trials } = provenance(results, [clean]);
    const rows = results.conditions.flatMap(({ name }) =>
      shownSeries.flatMap((series): DataRow[] => {
        const cell = clean.cells.find((one) => one.condition === name && one.series === series);
        return cell === undefined ? [] : [{
          condition: conditionTitle(name),
          loss: series === skipping ? "HEM, learnt images skipped" : seriesLabel(series),
          presented: presentedText(curvesOf(results, measures.presentedByEpoch), name, series),
          seconds: secondsText(evidence, name, series),
          ...Object.fromEntries(
            shownMeasures.flatMap((measure) => valueOf(evidence, { measure, name, series })),
          ),
          trials: cell.values.length,
        }];
      })
    );
    const missing = results.conditions.map(({ name }) => name)
      .filter((name) => !rows.some(({ condition }) => condition === conditionTitle(name)))
      .map(conditionTitle);
    return {
      name: "table_skipping",
      title: "HEM without the images that it has learnt, beside HEM and CE over as many epochs",
      scale,
      trials,
      coverage: {
        there: results.conditions.length - missing.length,
        of: results.conditions.length,
      },
      caption:
        `${sentence} ${
          setsSentence(measured(results, measures.unknownMsp))
        } Presented: of all images in all epochs. Seconds of training, those of the looks at all images ` +
        "that skipping needs included; behind them the ratio to HEM without skipping. Behind the others the difference of HEM and " +
        `of skipping to CE, and of skipping to HEM, in points, over the trials that both have. ${intervalSentence} ${
          missingSentence(missing)
        }`,
      columns: {
        condition: "Network",
        loss: "Training",
        presented: "Presented (%)",
        seconds: "Seconds",
        clean: "Clean accuracy (%)",
        unknown_msp: "AUROC by MSP (%)",
        unknown_mls: "AUROC by MLS (%)",
        trials: "Trials",
      },
      rows,
      missing,
    };
  },
};

function presentedText(curves: readonly Curve[], name: string, series: string): string {
  const shares = curves.filter((one) => one.condition === name && one.series === series)
    .map(({ values }) => mean([...values]));
  return shares.length === 0 ? "100.0" : percent(mean(shares), 1);
}

/** Seconds of each trial's training by seed, beside those of the other trainings of its condition. */
function secondsOf(
  evidence: Evidence,
  name: string,
  series: readonly string[],
): PairedTrials | undefined {
  const curves = curvesOf(evidence.results(section), measures.secondsByEpoch)
    .filter(({ condition }) => condition === name);
  const bySeed = [...Map.groupBy(curves, ({ seed }) => seed).values()].flatMap((ofSeed) => {
    const found = series.map((one) => ofSeed.find((curve) => curve.series === one));
    return found.includes(undefined) ? [] : [found.map((curve) => sum([...curve!.values]))];
  });
  return bySeed.length === 0 ? undefined : { condition: name, trials: bySeed };
}

function secondsText(evidence: Evidence, name: string, series: string): string {
  const own = secondsOf(evidence, name, [series]);
  if (own === undefined) return "–";
  const text = estimate([own], ([means]) => means![0]!).value.toFixed(1);
  const pair = series === skipping ? secondsOf(evidence, name, [series, "hem"]) : undefined;
  if (pair === undefined) return text;
  const { value, interval } = estimate(
    [pair],
    ([means]) => means![0]! / means![1]!,
    [0, Infinity],
  );
  const ends = interval === null ? "" : ` [${interval[0].toFixed(2)}, ${interval[1].toFixed(2)}]`;
  return `${text} (${value.toFixed(2)}${ends} of HEM's)`;
}

/** A measure's mean, and behind it the differences to the trainings above it. */
function valueOf(
  evidence: Evidence,
  { measure, name, series }: { measure: Measure; name: string; series: string },
): [string, string][] {
  const results = evidence.results(section);
  const { cells } = measured(results, measure);
  const cell = cells.find((one) => one.condition === name && one.series === series);
  if (cell === undefined) return [];
  const bases = shownSeries.slice(0, shownSeries.indexOf(series as typeof shownSeries[number]));
  const differences = bases.flatMap((base) => {
    const pairs = pairedTrials(results, [series, base].map((one) => ({ measure, series: one })))
      .filter(({ condition }) => condition === name);
    if (pairs.length === 0) return [];
    const difference: Estimate = estimate(
      pairs,
      ([means]) => means![0]! - means![1]!,
      differenceRange,
    );
    return [`${seriesLabel(base)} ${written(difference, "points")}`];
  });
  const behind = differences.length === 0 ? "" : ` (${differences.join("; ")})`;
  return [[measure.name, `${percent(cell.mean)}${behind}`]];
}
