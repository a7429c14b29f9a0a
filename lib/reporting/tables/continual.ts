import { settingOf } from "../continual_setting.ts";
import { dataTitle, listed, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { missingConditions } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { lossHeadings, lossTexts } from "./loss_columns.ts";

const section = "5.3";

/** By the names of the rows in the results, as lib/evaluation/transfer.ts defines them. */
const metrics = {
  final_accuracy: "Final accuracy",
  average_accuracy: "Average accuracy",
  forgetting: "Forgetting",
  backward_transfer: "Backward transfer",
  forward_transfer: "Forward transfer",
} as const;

/** Accuracy at the end, forgetting and transfer of each strategy under each loss (section 5.3; the paper has the first alone). */
export const continualTable: Entry = {
  name: "table_continual",
  section,
  title: "Accuracy, forgetting and transfer",
  needs: [section],
  draw({ evidence }): Table {
    const results = evidence.results(section);
    const { losses, conditions } = results;
    const shown = Object.entries(metrics).map(([metric, title]) => ({
      metric,
      title,
      ...measured(results, { ...measures.continual, metric }),
    }));
    const final = measured(results, measures.continual);
    const there = conditions.filter(({ name }) =>
      final.cells.some(({ condition }) => condition === name)
    );
    const { scale, sentence, trials } = provenance(results, [final]);
    const missing = missingConditions([final], results);
    return {
      name: "table_continual",
      title: "Accuracy at the end, forgetting and transfer (%)",
      scale,
      trials,
      coverage: { there: there.length, of: conditions.length },
      caption:
        `${sentence} Mean ± standard deviation over trials (n − 1). Final accuracy: over the test images of all experiences ` +
        "together, which the paper reports. Average accuracy: the mean over the experiences. Forgetting: by how much the best " +
        "accuracy on an earlier experience was above that at the end (Chaudhry et al. 2018, eq. 3). Backward transfer: what later " +
        "experiences changed of the accuracy on earlier ones; forward transfer: accuracy on an experience before it is learnt, " +
        "less that of the untrained network (both Lopez-Paz and Ranzato 2017); points, means over the experiences that have " +
        `such. Missing: ${listed(missing) || "nothing"}.`,
      columns: {
        condition: "Strategy",
        setting: "Scenario and heads",
        measure: "Measure",
        ...lossHeadings(losses),
      },
      rows: there.flatMap(({ name, data, method }) =>
        shown.flatMap(({ title, cells }): DataRow[] => {
          const own = cells.filter(({ condition }) => condition === name);
          return own.length === 0 ? [] : [{
            condition: `${titleOf(method)} (${dataTitle(data)})`,
            setting: settingOf(name),
            measure: title,
            ...lossTexts(own, losses),
          }];
        })
      ),
      data: shown.flatMap(({ metric, cells }) =>
        cells.map(({ condition, series, mean, sd, values }): DataRow => ({
          condition,
          setting: settingOf(condition),
          measure: metric,
          loss: series,
          mean,
          sd,
          trials: values.length,
        }))
      ),
      missing,
    };
  },
};
