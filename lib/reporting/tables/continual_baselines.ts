import { experimentOf } from "../../experiments/mod.ts";
import { conditionNameOf } from "../../trials/mod.ts";
import { written } from "../claims/mod.ts";
import { conditionTitle } from "../conditions.ts";
import { benchmarkOf, settingOf } from "../continual_setting.ts";
import type { Entry } from "../entry.ts";
import { pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import { type Estimate, estimate, intervalSentence, shareRange } from "../interval.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { readPaperTable } from "../paper_values.ts";
import { provenance } from "../provenance.ts";
import { partOf, type Results } from "../results_table.ts";

const section = "5.3";
const measure = measures.continual;

/** The references are whole percents: each stands for everything that is rounded to it. */
const ROUNDING = 0.005;

/**
 * Cross-entropy beside the accuracies that the Continual Learning Baselines print, from which the paper has its settings (A.3.4).
 * Where they have another number of experiences than the paper's five, the two do not compare.
 */
export const continualBaselines: Entry = {
  name: "table_continual_baselines",
  section,
  needs: [section],
  draw({ evidence }): Table {
    const results = partOf(evidence.results(section), ({ series }) => series === "ce");
    const all = measured(results, measure);
    const found = new Map(
      pairedTrials(results, [{ measure, series: "ce" }]).map((one) =>
        [one.condition, one] as const
      ),
    );
    const rows = readPaperTable("section_5_3").map((row) => {
      const condition = `${row.data}/${row.method}`;
      const trials = found.get(condition);
      const ours = trials && estimate([trials], ([means]) => means![0]!, shareRange);
      const experiences = [Number(row.experiences), benchmarkOf(condition)!.experiences] as const;
      return {
        condition,
        place: String(row.place),
        reference: Number(row.percent),
        experiences,
        ours,
      };
    });
    const there = rows.filter(({ ours }) => ours !== undefined);
    const shown = {
      ...all,
      cells: all.cells.filter(({ condition }) => there.some((row) => row.condition === condition)),
    };
    const { scale, sentence, trials } = provenance(results, [shown], ["ce"]);
    const missing = rows.filter(({ ours }) => ours === undefined).map(({ condition }) =>
      conditionTitle(condition)
    );
    return {
      name: "table_continual_baselines",
      title: "Final accuracy with CE beside the Continual Learning Baselines (%)",
      scale,
      trials,
      coverage: { there: there.length, of: rows.length },
      caption:
        `${sentence} References: README of github.com/ContinualAI/continual-learning-baselines (4900462), whole percents; ` +
        "the paper names it for its settings and prints no number of its own. Agrees: where both have five experiences, whether " +
        "the 95 % interval of our mean meets what is rounded to the reference. Ours have a new order of the classes per trial; " +
        `CLB's is fixed, but for LwF's, which is random too. ${intervalSentence} ${
          missingSentence(missing)
        }`,
      columns: {
        condition: "Strategy",
        theirs: "Experiences, CLB",
        own: "Experiences, ours",
        reference: "CLB",
        ours: "Ours",
        agrees: "Agrees",
      },
      rows: there.map(({ condition, experiences: [theirs, own], reference, ours }): DataRow => ({
        condition: conditionTitle(condition),
        theirs,
        own,
        reference,
        ours: written(ours!, "percent"),
        agrees: theirs !== own
          ? "other experiences"
          : isReduced(condition, results)
          ? "reduced run"
          : agreement(ours!, reference / 100),
      })),
      data: there.map((
        { condition, place, experiences: [theirs, own], reference, ours },
      ): DataRow => ({
        condition,
        setting: settingOf(condition),
        place,
        clb_experiences: theirs,
        experiences: own,
        clb: reference / 100,
        mean: ours!.value,
        low: ours!.interval?.[0] ?? null,
        high: ours!.interval?.[1] ?? null,
      })),
      missing,
    };
  },
};

/** Whether trials of a condition have fewer images or other epochs than the paper's. */
function isReduced(name: string, { records }: Results): boolean {
  const paper = experimentOf(section).conditions.find(({ trial }) =>
    conditionNameOf(trial) === name
  )!;
  return records.some(({ trial }) =>
    conditionNameOf(trial) === name && (
      trial.recipe.epochs !== paper.recipe.epochs ||
      trial.dataset.trainCount !== undefined || trial.dataset.testCount !== undefined
    )
  );
}

/** Without an interval there is no verdict. */
function agreement({ interval }: Estimate, reference: number): string {
  if (interval === null) return "too few trials";
  const [low, high] = interval;
  return low <= reference + ROUNDING && high >= reference - ROUNDING ? "yes" : "no";
}
