import { conditionName } from "../conditions.ts";
import { grouped } from "../display.ts";
import type { Entry } from "../entry.ts";
import { measured } from "../measured.ts";
import { type Measure, measures } from "../measures.ts";
import { type LossRow, lossTable } from "./loss_table.ts";

const section = "5.2";
const accuracy: Measure = {
  ...measures.clean,
  stage: "classes",
  words: "clean accuracy of each class",
};

/** Clean accuracy of each class, with its training images (section 5.2; not in the paper). */
export const classesTable: Entry = {
  name: "table_classes",
  section,
  needs: [section],
  draw({ evidence }) {
    const results = evidence.results(section);
    const counts = new Map(
      results.rows.filter(({ stage, metric }) => stage === "classes" && metric === "count")
        .map((row) => [`${conditionName(row)}/${row.at.class}`, row.value]),
    );
    const labels = [
      ...new Set(
        results.rows.flatMap(({ stage, at }) => stage === "classes" ? at.class ?? [] : []),
      ),
    ].sort((a, b) => a - b);
    const rows = labels.map((label): LossRow => {
      const imagesOf = (condition: string) => counts.get(`${condition}/${label}`);
      const shown = (images: number | undefined) => images === undefined ? "–" : grouped(images);
      return {
        measured: measured(results, { ...accuracy, at: { class: label } }),
        words: ({ name }) => ({ class: String(label), images: shown(imagesOf(name)) }),
        data: ({ name }) => ({ class: label, images: imagesOf(name) ?? null }),
      };
    });
    return lossTable(results, {
      name: "table_classes",
      title: "Clean accuracy of each class (%)",
      caption: "Images: training images of the class.",
      columns: { condition: "Network", class: "Class", images: "Images" },
      // Of the same trials as those of the classes.
      main: [measured(results, { ...accuracy, at: { group: "many" } })],
      rows,
    });
  },
};
