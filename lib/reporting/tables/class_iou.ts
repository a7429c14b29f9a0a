import { conditionName } from "../conditions.ts";
import type { Entry } from "../entry.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import type { Results } from "../results_table.ts";
import { sceneClasses, scenesFolder } from "../scene_pictures.ts";
import { type LossRow, lossTable } from "./loss_table.ts";

const section = "5.4";

/** IoU of each class under each loss, and their mean (section 5.4; the paper prints the mean alone). */
export const classIouTable: Entry = {
  name: "table_class_iou",
  section,
  needs: [section],
  draw({ evidence }) {
    const results = evidence.results(section);
    const whole = measured(results, measures.segmentation);
    const classes = [
      ...new Set(results.rows.flatMap(({ metric, at }) => metric === "iou" ? at.class ?? [] : [])),
    ].sort((a, b) => a - b);
    return lossTable(results, {
      name: "table_class_iou",
      title: "IoU of each class (%)",
      caption:
        "Of all pixels of the test set together; pixels without a label count nowhere. A class that is nowhere in the test, " +
        "nor in any answer, has none; one that is in answers alone has 0.",
      columns: { condition: "Backbone", class: "Class" },
      main: [whole],
      rows: [
        ...classes.map((label): LossRow => ({
          measured: measured(results, {
            ...measures.segmentation,
            metric: "iou",
            at: { class: label },
          }),
          words: ({ name }) => ({ class: classNames(results, name)[label] ?? `class ${label}` }),
          data: ({ name }) => ({ class: label, name: classNames(results, name)[label] ?? null }),
        })),
        {
          measured: whole,
          words: () => ({ class: "mean" }),
          data: () => ({ class: "mean", name: "mean" }),
        },
      ],
    });
  },
};

/** The names of a condition's classes, where a trial of it has pictures. */
function classNames(results: Results, condition: string): string[] {
  const ids = new Set(
    results.rows.flatMap((row) => conditionName(row) === condition ? row.id : []),
  );
  for (const id of ids) {
    const scenes = scenesFolder(results, id);
    if (scenes !== undefined) return sceneClasses(scenes).map(({ name }) => name);
  }
  return [];
}
