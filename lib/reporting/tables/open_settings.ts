import { experiments } from "../../experiments/mod.ts";
import { conditionNameOf } from "../../trials/mod.ts";
import { conditionTitle } from "../conditions.ts";
import { counted, listed } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";

const section = "assumptions";

/** Settings of single experiments that the text lost or left open, as the experiments themselves state them. */
export const openSettings: Entry = {
  name: "assumptions_settings",
  section,
  needs: [],
  draw(): Table {
    // The experiment that varies settings has the conditions of other sections.
    const own = Object.values(experiments).filter((experiment) => experiment.section !== section);
    const all = own.flatMap(({ section, conditions }) =>
      conditions.flatMap(({ unconfirmed = [], trial }) =>
        unconfirmed.map((setting) => ({
          section,
          setting,
          condition: conditionNameOf(trial),
        }))
      )
    );
    const same = [...Map.groupBy(all, ({ section, setting }) => `${section} ${setting}`).values()];
    return {
      name: "assumptions_settings",
      title: "Settings of single experiments that the text lost or left open",
      caption: `${counted(same.length, "setting")}, each with the choice taken here; ` +
        "what other choices change is in the tables beside, where it is measured.",
      columns: { section: "Section", setting: "Open, and taken", conditions: "Where" },
      rows: same.map((rows): DataRow => ({
        section: rows[0]!.section,
        setting: rows[0]!.setting,
        conditions: listed([...new Set(rows.map(({ condition }) => conditionTitle(condition)))]),
      })),
      missing: [],
    };
  },
};
