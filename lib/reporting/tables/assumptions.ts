import { fromCSV } from "arquero";
import { join } from "node:path";
import { written } from "../claims/mod.ts";
import { counted, listed, rangeText, scaleTitles, seriesLabel } from "../display.ts";
import type { DrawSource, Entry } from "../entry.ts";
import { type Evidence, pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import { differenceRange, estimate, intervalSentence } from "../interval.ts";
import { lostTrainings } from "../lacking.ts";
import { mainMeasures, measures } from "../measures.ts";
import { remarksOn } from "../provenance.ts";
import { projectFolder } from "../settings.ts";

const section = "assumptions";
// Final accuracy is that of continual learning.
const shownMeasures = [...mainMeasures, measures.continual, measures.segmentation];

/** A point of data/assumptions.csv. */
export interface Assumption {
  place: string;
  what: string;
  open: string;
  taken: string;
  alternatives: string;
  /** Where it is chosen. */
  code: string;
  /** How the choice is known, in words. */
  effect: string;
  /** The variants that measure the alternatives, such as `hem@exponent=0.5`; none where no experiment does. */
  experiment: readonly string[];
}

/** Every point that the paper's text lost or left open. */
export function readAssumptions(): Assumption[] {
  const path = join(projectFolder, "data", "assumptions.csv");
  const rows = fromCSV(Deno.readTextFileSync(path), { autoType: false })
    .objects() as Record<keyof Assumption, string | null>[];
  return rows.map((row) => {
    const text = (key: keyof Assumption) => row[key] ?? "";
    return {
      place: text("place"),
      what: text("what"),
      open: text("open"),
      taken: text("taken"),
      alternatives: text("alternatives"),
      code: text("code"),
      effect: text("effect"),
      experiment: text("experiment").split(" ").filter((series) => series !== ""),
    };
  });
}

/**
 * Every symbol or setting that the paper's text lost or left open, with the default taken here, what else it could be, and what
 * the alternatives change, from stored results where an experiment measures them.
 */
export const assumptions: Entry = {
  name: "assumptions",
  section,
  needs: [section],
  mixed: true,
  draw: assumptionsTable,
};

function assumptionsTable({ evidence, lesser }: DrawSource): Table {
  const points = readAssumptions();
  const effects = points.map(({ experiment }) =>
    experiment.map((series) => effectOf(series, [evidence, ...lesser]))
  );
  const measured = effects.filter((own) => own.length > 0);
  const remarks = [evidence, ...lesser].flatMap((of) =>
    remarksOn([of.results(section)]).map((remark) => `${scaleTitles[of.scale]}: ${remark}`)
  );
  const done = measured.filter((own) => own.every((text) => text !== undefined));
  return {
    name: "assumptions",
    title: "What the paper's text lost or left open",
    ...(lesser.length === 0 && { scale: evidence.scale }),
    coverage: { there: done.length, of: measured.length },
    caption:
      `${points.length} points. Formulas and many values are missing from the text that this ` +
      `project works from; what is "fixed" follows from other numbers of the paper. ${measured.length} points have ` +
      `an experiment: the other choice less the one taken, mean over the networks that have both, paired by seed. ${
        [...remarks, intervalSentence].join(" ")
      }`,
    columns: {
      place: "Place",
      what: "What",
      open: "Open",
      taken: "Taken here",
      alternatives: "Alternatives",
      effect: "How it is known, and what the alternatives change",
      code: "Code",
    },
    rows: points.map((point, i): DataRow => ({
      ...point,
      experiment: point.experiment.join(" "),
      effect: [
        point.effect,
        ...effects[i]!.map((text, at) =>
          text ??
            `${seriesLabel(point.experiment[at]!)}: not yet run (deno task reproduce --section ` +
              `assumptions --scale preview --only "*/*/${point.experiment[at]}")`
        ),
      ].filter((text) => text !== "").join(". "),
    })),
    missing: points.filter((_, i) => effects[i]!.includes(undefined))
      .map(({ what }) => `the effect of ${what}`),
  };
}

/**
 * "HEM, exponent 0.5: clean accuracy −0.03 [−0.20, +0.14] points, ... (Preview scale, 3 networks, 2 trials each)", at the first
 * scale that has trials of it and of the choice taken; where none has, which trainings diverged; undefined where that is not why.
 */
function effectOf(series: string, scales: readonly Evidence[]): string | undefined {
  const base = series.split("@")[0]!;
  for (const evidence of scales) {
    const found = shownMeasures.flatMap((measure) => {
      const pairs = pairedTrials(
        evidence.results(section),
        [series, base].map((one) => ({ measure, series: one })),
      );
      return pairs.length === 0 ? [] : [{ measure, pairs }];
    });
    if (found.length === 0) continue;
    const numbers = found.map(({ measure, pairs }) => {
      const difference = estimate(
        pairs,
        (means) => means.reduce((sum, [other, own]) => sum + other! - own!, 0) / means.length,
        differenceRange,
      );
      return `${measure.words} ${written(difference, "points")}`;
    });
    const conditions = new Set(
      found.flatMap(({ pairs }) => pairs.map(({ condition }) => condition)),
    );
    const counts = found.flatMap(({ pairs }) => pairs.map(({ trials }) => trials.length));
    return `${seriesLabel(series)}: ${listed(numbers)} (${scaleTitles[evidence.scale]}, ` +
      `${counted(conditions.size, "condition")}, ${rangeText(counts)} trials each)`;
  }
  const lost = scales.flatMap((evidence) => {
    const results = evidence.results(section);
    const compared = results.conditions.filter((one) => one.series.includes(series));
    return lostTrainings(
      { ...results, conditions: compared },
      (one) => one === series || one === base,
    ) ?? [];
  })[0];
  return lost && `${seriesLabel(series)}: ${lost}`;
}
