import { dataTitle, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { lossHeadings, lossTexts } from "./loss_columns.ts";

const section = "5.2";
const groups = ["many", "medium", "few"] as const;

/** Clean accuracy of the classes with many, some and few training images (section 5.2; not in the paper). */
export const shotsTable: Entry = {
  name: "table_shots",
  section,
  title: "Clean accuracy of classes with many, some and few training images",
  needs: [section],
  draw({ evidence }): Table {
    const results = evidence.results(section);
    const { losses, conditions } = results;
    const shown = groups.map((group) => ({
      group,
      ...measured(results, { ...measures.clean, stage: "classes", at: { group } }),
    }));
    const { scale, sentence, trials } = provenance(results, shown);
    const there = conditions.filter(({ name }) =>
      shown.some(({ cells }) => cells.some(({ condition }) => condition === name))
    );
    return {
      name: "table_shots",
      title: "Clean accuracy of classes with many, some and few training images (%)",
      scale,
      trials,
      coverage: { there: there.length, of: conditions.length },
      caption:
        `${sentence} Mean ± standard deviation over trials (n − 1). Many, medium, few: thirds of the classes by their training images, the middle one the largest.`,
      columns: {
        condition: "Network",
        group: "Classes",
        ...lossHeadings(losses),
      },
      rows: there.flatMap(({ name, data, method }) =>
        shown.map(({ group, cells }): DataRow => ({
          condition: `${titleOf(method)} (${dataTitle(data)})`,
          group,
          ...lossTexts(cells.filter(({ condition }) => condition === name), losses),
        }))
      ),
      data: shown.flatMap(({ group, cells }) =>
        cells.map(({ condition, series, mean, sd, values }): DataRow => ({
          condition,
          group,
          loss: series,
          mean,
          sd,
          trials: values.length,
        }))
      ),
      missing: there.length === conditions.length ? [] : ["conditions without results"],
    };
  },
};
