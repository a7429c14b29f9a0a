import { dataTitle, listed, titleOf } from "../display.ts";
import { missingConditions } from "../lacking.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { sceneClasses, scenesFolder } from "../scene_pictures.ts";
import { lossHeadings, lossTexts } from "./loss_columns.ts";

const section = "5.4";

/** IoU of each class under each loss, and their mean (section 5.4; the paper prints the mean alone). */
export const classIouTable: Entry = {
  name: "table_class_iou",
  section,
  title: "IoU of each class",
  needs: [section],
  draw({ evidence }): Table {
    const results = evidence.results(section);
    const { losses, conditions } = results;
    const whole = measured(results, measures.segmentation);
    const classes = [
      ...new Set(results.rows.flatMap(({ metric, at }) => metric === "iou" ? at.class ?? [] : [])),
    ].sort((a, b) => a - b);
    const shown = [
      ...classes.map((c) => ({
        ofClass: c,
        ...measured(results, { ...measures.segmentation, metric: "iou", at: { class: c } }),
      })),
      { ofClass: undefined, ...whole },
    ];
    const there = conditions.filter(({ name }) =>
      whole.cells.some(({ condition }) => condition === name)
    );
    const { scale, sentence, trials } = provenance(results, [whole]);
    const missing = missingConditions([whole], results);
    return {
      name: "table_class_iou",
      title: "IoU of each class (%)",
      scale,
      trials,
      coverage: { there: there.length, of: conditions.length },
      caption:
        `${sentence} Of all pixels of the test set together; pixels without a label count nowhere. Mean ± standard deviation ` +
        `over trials (n − 1). A class that is nowhere in the test has none. Missing: ${
          listed(missing) || "nothing"
        }.`,
      columns: {
        condition: "Backbone",
        class: "Class",
        ...lossHeadings(losses),
      },
      rows: there.flatMap(({ name, data, method }) => {
        const names = classNames(results, name);
        return shown.flatMap(({ ofClass, cells }): DataRow[] => {
          const own = cells.filter(({ condition }) => condition === name);
          if (own.length === 0) return [];
          return [{
            condition: `${titleOf(method)} (${dataTitle(data)})`,
            class: ofClass === undefined ? "mean" : names[ofClass] ?? `class ${ofClass}`,
            ...lossTexts(own, losses),
          }];
        });
      }),
      data: shown.flatMap(({ ofClass, cells }) =>
        cells.map(({ condition, series, mean, sd, values }): DataRow => ({
          condition,
          class: ofClass ?? "mean",
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

/** The names of a condition's classes, where a trial of it has pictures. */
function classNames(results: Results, condition: string): string[] {
  const ids = new Set(
    results.rows.flatMap((row) => `${row.data}/${row.method}` === condition ? row.id : []),
  );
  for (const id of ids) {
    const scenes = scenesFolder(results, id);
    if (scenes !== undefined) return sceneClasses(scenes).map(({ name }) => name);
  }
  return [];
}
