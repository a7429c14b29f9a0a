import { attackSentence } from "../attack_sentence.ts";
import { corruptionSentence } from "../corruption_sentence.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { dataTitle, percent, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { type Cell, type Measured, measured } from "../measured.ts";
import { mainMeasures, type Measure, measures } from "../measures.ts";
import { countOwn, damagedOwn, ownMeasured, ownTitle } from "../own.ts";
import { cellRows } from "../numbers.ts";
import { provenance, trialRange } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { lossHeadings, lossTexts } from "./loss_table.ts";
import { missingSets, setsSentence } from "../unknown_sets.ts";

/** The numbers behind Figures 2 and 3, and behind 5 and 6. */
export const sectionTables: readonly Entry[] = ["5.1", "5.2"].map((section) => ({
  name: `table_${section.replace(".", "_")}`,
  section,
  needs: [section],
  draw: ({ evidence }) => sectionTable(evidence.results(section)),
}));

/**
 * Accuracy on clean, corrupted and attacked images, mean AUROC on unknown classes and DAR of each network under each loss of a
 * section, mean ± standard deviation over trials, in percent.
 */
function sectionTable(results: Results): Table {
  const shown = [
    measures.clean,
    measures.corrupt,
    measures.corrupt19,
    measures.corrupt15,
    measures.unknownMsp,
    measures.unknownMls,
    measures.robustLinf,
    measures.robustL2,
    measures.attackLinf,
    measures.attackL2,
    measures.attack,
    measures.attackLinfMls,
    measures.attackL2Mls,
    measures.attackMls,
    measures.fpr95Msp,
    measures.fpr95Mls,
    measures.auprInMsp,
    measures.auprInMls,
    measures.auprOutMsp,
    measures.auprOutMls,
  ].map((measure) => measured(results, measure))
    // results that are older than a measure do not have it
    .filter(({ cells, measure }) => cells.length > 0 || !isExtra(measure));
  const auroc = measured(results, measures.unknownMsp);
  const main = mainMeasures.map((measure) => measured(results, measure));
  const { scale, sentence, trials } = provenance(results, main);
  const { section, conditions, losses } = results;
  const present = conditions.filter(({ name }) =>
    shown.some(({ cells }) => cells.some(({ condition }) => condition === name))
  );
  const ownCells = shown.map((ofMeasure) => ownMeasured(results, ofMeasure).cells);
  const own = shown.flatMap(({ measure }, i) => ownCells[i]!.map((cell) => ({ ...cell, measure })));
  const missing = [
    ...missingConditions(main, results),
    ...missingSets(auroc),
    ...main.flatMap((ofMeasure) => ownMeasured(results, ofMeasure).lacking),
    ...damagedOwn(results),
  ];
  return {
    name: `table_${section.replace(".", "_")}`,
    title: "Accuracy and rejection, by network and loss",
    scale,
    trials,
    coverage: { there: present.length, of: conditions.length },
    own: countOwn(own),
    caption:
      `${sentence} Percent, mean ± standard deviation over trials (n − 1; none for one trial). ` +
      `${setsSentence(auroc)} ${corruptionSentence(results, measured(results, measures.corrupt))}` +
      `${attackSentence(results)}${conventions(results)}` +
      missingSentence(missing),
    columns: {
      condition: "Network",
      measure: "Measure",
      ...lossHeadings(losses),
      ...(own.length > 0 && { own: "The user's own" }),
      trials: "Trials",
    },
    rows: [
      ...present.flatMap(({ name, data, method }) =>
        shown.map((ofMeasure): DataRow => ({
          condition: `${titleOf(method)} (${dataTitle(data)})`,
          measure: ofMeasure.measure.title,
          ...lossTexts(cellsOf(ofMeasure, name), losses),
          trials: trialRange([{ ...ofMeasure, cells: cellsOf(ofMeasure, name) }]),
        }))
      ),
      ...[...Map.groupBy(own, ({ name }) => name).values()].flat().map(
        (cell): DataRow => ({
          condition: `${ownTitle(cell)}: ${titleOf(cell.network)} (${dataTitle(cell.data)})`,
          measure: cell.measure.title,
          own: percent(cell.value),
          trials: 1,
        }),
      ),
    ],
    data: shown.flatMap((ofMeasure, i) => cellRows(ofMeasure, ownCells[i]!)),
    missing,
  };
}

function cellsOf({ cells }: Measured, name: string): Cell[] {
  return cells.filter(({ condition }) => condition === name);
}

/** Whether the paper does not have a measure. */
function isExtra({ name, metric }: Measure): boolean {
  return /^(fpr95|aupr)_/.test(metric) || /^corrupt_\d/.test(name);
}

/** By which conventions FPR95 and AUPR were computed, as the results say. */
function conventions({ records }: Results): string {
  const said = records.flatMap(({ stage: { name, settings } }) =>
    name === "unknown" && settings.fpr95 !== undefined
      ? [`FPR95: ${settings.fpr95}. AUPR: ${settings.aupr}. `]
      : []
  );
  return [...new Set(said)].join("");
}
