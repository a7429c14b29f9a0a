import type { Entry } from "../entry.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { lossTable } from "./loss_table.ts";

const section = "5.2";
const groups = ["many", "medium", "few"] as const;

/** Clean accuracy of the classes with many, some and few training images (section 5.2; not in the paper). */
export const shotsTable: Entry = {
  name: "table_shots",
  section,
  needs: [section],
  draw({ evidence }) {
    const results = evidence.results(section);
    const rows = groups.map((group) => ({
      measured: measured(results, {
        ...measures.clean,
        stage: "classes",
        at: { group },
        words: `clean accuracy of the classes with ${group} images`,
      }),
      words: () => ({ group }),
      data: () => ({ group }),
    }));
    return lossTable(results, {
      name: "table_shots",
      title: "Clean accuracy of classes with many, some and few training images (%)",
      caption:
        "Many, medium, few: thirds of the classes by their training images, the middle one the largest.",
      columns: { condition: "Network", group: "Classes" },
      main: rows.map((row) => row.measured),
      rows,
    });
  },
};
