import { boundsIn, boundsSection } from "../continual_bounds.ts";
import { settingOf } from "../continual_setting.ts";
import { listed } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Table } from "../figure.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { countedTrials, remarksOn } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { type LossRow, lossTable } from "./loss_table.ts";

const section = "5.3";
const combinations = "combinations";

/** By the names of the rows in the results, as lib/evaluation/transfer.ts defines them. */
const metrics = {
  final_accuracy: "Final accuracy",
  average_accuracy: "Average accuracy",
  forgetting: "Forgetting",
  backward_transfer: "Backward transfer",
  forward_transfer: "Forward transfer",
} as const;

/**
 * Accuracy at the end, forgetting and transfer of each strategy under each loss (section 5.3; the paper has the first alone), and
 * of the bounds between which they lie; and of the combinations of task and strategy that the paper leaves out, where they were run.
 */
export const continualTable: Entry = {
  name: "table_continual",
  section,
  needs: [section, boundsSection, combinations],
  draw({ evidence }) {
    const strategies = transferTable(evidence.results(section));
    const bounds = boundsIn(evidence);
    // Run on request alone: shown where there are any, and never missed.
    const leftOut = evidence.results(combinations);
    const others = transferTable(leftOut);
    const parts = [strategies, transferTable(bounds.results), others];
    return {
      ...strategies,
      caption: [
        strategies.caption,
        ...bounds.sentences,
        ...(bounds.missing.length === 0 ? [] : [`Missing of them: ${listed(bounds.missing)}.`]),
        ...(others.rows.length === 0 ? [] : [
          `Combinations that the paper leaves out, in no average: ${
            listed([...new Set(others.rows.map(({ condition }) => String(condition)))])
          } (${countedTrials([measured(leftOut, measures.continual)])} per loss).`,
        ]),
        ...remarksOn([leftOut]),
      ].join(" "),
      rows: parts.flatMap(({ rows }) => rows),
      data: parts.flatMap(({ data }) => data!),
      missing: [...strategies.missing, ...bounds.missing],
    };
  },
};

function transferTable(results: Results): Table {
  return lossTable(results, {
    name: "table_continual",
    title: "Accuracy at the end, forgetting and transfer (%)",
    caption: "Final accuracy: over the test images of all experiences " +
      "together, which the paper reports. Average accuracy: the mean over the experiences. Forgetting: by how much the best " +
      "accuracy on an earlier experience was above that at the end (Chaudhry et al. 2018, eq. 3). Backward transfer: what later " +
      "experiences changed of the accuracy on earlier ones; forward transfer: accuracy on an experience before it is learnt, " +
      "less that of the untrained network (both Lopez-Paz and Ranzato 2017); points, means over the experiences that have " +
      "such.",
    columns: { condition: "Strategy", setting: "Scenario and heads", measure: "Measure" },
    main: [measured(results, measures.continual)],
    rows: Object.entries(metrics).map(([metric, title]): LossRow => ({
      measured: measured(results, { ...measures.continual, metric }),
      words: ({ name }) => ({ setting: settingOf(name), measure: title }),
      data: ({ name }) => ({ setting: settingOf(name), measure: metric }),
    })),
  });
}
