import { mean } from "simple-statistics";
import { attackSentence } from "../attack_sentence.ts";
import { halfRate } from "../claims/section_b3.ts";
import { conditionTitle } from "../conditions.ts";
import { percent } from "../display.ts";
import type { Entry } from "../entry.ts";
import { pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import { differenceRange, estimate, intervalSentence, type PairedTrials } from "../interval.ts";
import { written } from "../claims/mod.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { readPaperTable } from "../paper_values.ts";
import { provenance } from "../provenance.ts";
import { partOf } from "../results_table.ts";
import { setsSentence } from "../unknown_sets.ts";

const section = "B.3";
const metrics = [
  ["clean_accuracy", measures.clean],
  ["corrupt_accuracy", measures.corrupt],
  ["auroc", measures.unknownMsp],
  ["dar", measures.attack],
] as const;

/** HEM with the usual and with half the initial learning rate, beside the paper's eight numbers (appendix B.3). */
export const learningRateTable: Entry = {
  name: "table_b3",
  section,
  needs: [section],
  draw({ evidence }): Table {
    const results = partOf(
      evidence.results(section),
      ({ series }) => series === "hem" || series === halfRate,
    );
    const rows = metrics.map(([metric, measure]) => {
      const cells = measured(results, measure).cells;
      const pairs = pairedTrials(
        results,
        [halfRate, "hem"].map((series) => ({ measure, series })),
      );
      const first = pairs[0];
      const of = (series: string) =>
        cells.find((cell) => cell.condition === first?.condition && cell.series === series);
      const paper = readPaperTable("section_b3").filter((row) => row.metric === metric);
      const paperAt = (rate: number) =>
        Number(paper.find((row) => row.learning_rate === rate)?.percent);
      return { metric, measure, first, full: of("hem"), half: of(halfRate), paperAt };
    });
    const shown = rows.map(({ measure, full, half }) => ({
      ...measured(results, measure),
      cells: [full, half].flatMap((cell) => cell ?? []),
    }));
    const { scale, sentence, trials } = provenance(results, shown);
    const there = rows.filter(({ first }) => first !== undefined);
    const missing = rows.filter(({ first }) => first === undefined).map(({ measure }) =>
      measure.words
    );
    const condition = there[0]?.first?.condition;
    return {
      name: "table_b3",
      title: "HEM with the usual and with half the initial learning rate (%)",
      scale,
      trials,
      coverage: { there: condition === undefined ? 0 : 1, of: 1 },
      caption:
        `${sentence}${condition === undefined ? "" : ` Ours: ${conditionTitle(condition)}.`} ` +
        `The paper's: WRN22-10 on CIFAR10. ${
          setsSentence(measured(results, measures.unknownMsp))
        } ` +
        `${attackSentence(results)}${intervalSentence} ${missingSentence(missing)}`,
      columns: {
        metric: "Metric",
        full: "Ours, usual",
        half: "Ours, half",
        gain: "Ours, gain",
        paperFull: "Paper, usual",
        paperHalf: "Paper, half",
        paperGain: "Paper, gain",
      },
      rows: rows.map(({ measure, first, full, half, paperAt }): DataRow => ({
        metric: measure.title,
        // Of the trials that both have, so that the gain is their difference.
        full: percent(first === undefined ? full?.mean : columnMean(first, 1)),
        half: percent(first === undefined ? half?.mean : columnMean(first, 0)),
        gain: first === undefined ? "–" : written(
          estimate([first], ([means]) => means![0]! - means![1]!, differenceRange),
          "points",
        ),
        paperFull: paperAt(0.1).toFixed(2),
        paperHalf: paperAt(0.05).toFixed(2),
        paperGain: (paperAt(0.05) - paperAt(0.1)).toFixed(2),
      })),
      data: rows.flatMap(({ metric, full, half }) =>
        [full, half].flatMap((cell): DataRow[] =>
          cell === undefined ? [] : [{
            metric,
            loss: cell.series,
            mean: cell.mean,
            sd: cell.sd,
            trials: cell.values.length,
          }]
        )
      ),
      missing,
    };
  },
};

function columnMean({ trials }: PairedTrials, column: number): number {
  return mean(trials.map((quantities) => quantities[column]!));
}
