import { attackSentence } from "./attack_sentence.ts";
import { balancedLosses, listed, lossStyle, percent, titleOf } from "./display.ts";
import { conditionsOf, missingConditions } from "./conditions.ts";
import type { DataRow, Table } from "./figure.ts";
import {
  type Cell,
  mainMeasures,
  type Measure,
  type Measured,
  measured,
  measures,
} from "./measures.ts";
import { provenance, trialRange } from "./provenance.ts";
import type { Results } from "./results_table.ts";
import { missingSets, setsSentence } from "./unknown_sets.ts";

/**
 * The numbers behind Figures 2 and 3: accuracy on clean, corrupted and attacked images, mean AUROC on
 * unknown classes and DAR of each network under each loss, mean ± standard deviation over trials, in
 * percent.
 */
export function table51(results: Results): Table {
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
  const conditions = conditionsOf(results.section);
  const present = conditions.filter(({ data, network }) =>
    shown.some(({ cells }) => cells.some((c) => c.data === data && c.network === network))
  );
  const missing = [...missingConditions(main, conditions), ...missingSets(auroc)];
  return {
    name: "table_5_1",
    title: "Accuracy and rejection, by network and loss",
    scale,
    trials,
    caption:
      `${sentence} Percent, mean ± standard deviation over trials (n − 1; none for one trial). ` +
      `${setsSentence(auroc)} ${corruptSentence(shown)}${attackSentence(results)}` +
      `${conventions(results)}` +
      `Missing: ${listed(missing) || "nothing"}.`,
    columns: {
      condition: "Network",
      measure: "Measure",
      ...Object.fromEntries(balancedLosses.map((loss) => [loss, lossStyle(loss).label])),
      trials: "Trials",
    },
    rows: present.flatMap(({ data, network }) =>
      shown.map((ofMeasure): DataRow => ({
        condition: `${titleOf(network)} (${titleOf(data)})`,
        measure: ofMeasure.measure.title,
        ...Object.fromEntries(
          balancedLosses.map((loss) => [loss, cellText(ofMeasure, { data, network, loss })]),
        ),
        trials: trialRange([{
          ...ofMeasure,
          cells: ofMeasure.cells.filter((c) => c.data === data && c.network === network),
        }]),
      }))
    ),
    data: shown.flatMap(({ cells }) =>
      cells.map(({ measure, data, network, loss, mean, sd, values }) => ({
        measure,
        data,
        network,
        loss,
        mean,
        sd,
        trials: values.length,
      }))
    ),
    missing,
  };
}

/** Whether the paper does not have a measure. */
function isExtra({ name, metric }: Measure): boolean {
  return /^(fpr95|aupr)_/.test(metric) || /^corrupt_\d/.test(name);
}

/** What the mean without a number in its name is over, where there are several. */
function corruptSentence(shown: readonly Measured[]): string {
  const several = shown.some(({ measure, cells }) =>
    measure.name === measures.corrupt19.name && cells.length > 0
  );
  return several ? "Common corruptions of colour images: 18, all but glass blur. " : "";
}

/** By which conventions FPR95 and AUPR were computed, as the results say. */
function conventions({ records }: Results): string {
  const said = records.filter(({ stage }) => stage.name === "unknown").flatMap((
    { stage: { settings } },
  ) => settings.fpr95 === undefined ? [] : [`FPR95: ${settings.fpr95}. AUPR: ${settings.aupr}. `]);
  return [...new Set(said)].join("");
}

function cellText(
  { cells }: Measured,
  wanted: Pick<Cell, "data" | "network" | "loss">,
): string {
  const cell = cells.find(({ data, network, loss }) =>
    data === wanted.data && network === wanted.network && loss === wanted.loss
  );
  if (cell === undefined) return "–";
  return cell.sd === null ? percent(cell.mean) : `${percent(cell.mean)} ± ${percent(cell.sd)}`;
}
