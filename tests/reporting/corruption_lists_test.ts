import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { imageCorruptionLists } from "../../lib/corruptions/mod.ts";
import {
  draw,
  type Figure,
  openResults,
  readSettings,
  type Table,
} from "../../lib/reporting/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { openStore } from "../../lib/trials/mod.ts";
import { withFolder } from "../with_folder.ts";
import { recordsFor } from "./synthetic.ts";

/** Each corruption at each severity: glass blur 0.1, the four extra ones 0.9, the others 0.5. */
const rows = imageCorruptionLists["19"].flatMap((name, i) =>
  [1, 2, 3, 4, 5].map((severity) => ({
    dataset: name,
    at: { severity },
    metric: "accuracy",
    value: name === "glass_blur" ? 0.1 : i >= 15 ? 0.9 : 0.5,
  }))
);

Deno.test("Figure 2 has the mean over the list of corruptions that was asked for, and says which", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const plan = planOf("5.1", "preview", { repeats: 1 }).slice(0, 1);
    for (
      const record of recordsFor(plan, (_, { name }) => name === "corrupt" ? { rows } : undefined)
    ) {
      store.write(record);
    }
    const means = {
      15: (14 * 0.5 + 0.1) / 15,
      18: (14 * 0.5 + 3.6) / 18,
      19: (7 + 3.6 + 0.1) / 19,
    };
    const words = { 15: "75 sets of the main 15", 18: "90 sets of 18", 19: "95 sets of all 19" };
    for (const list of ["15", "18", "19"] as const) {
      const environment = new Map([["HEM_DATA", data], ["HEM_CORRUPTIONS", list]]);
      const settings = readSettings(environment);
      const figure = await draw("figure_02", { settings }) as Figure;
      const shown = figure.data.filter(({ measure }) => measure === "corrupt");
      assertAlmostEquals(Number(shown[0]!.mean), means[list], 1e-12);
      assertStringIncludes(JSON.stringify(figure.spec).replace(/",\s*"/g, " "), words[list]);
      // the table has all three, whichever is asked for
      const table = await draw("table_5_1", { settings }) as Table;
      assertStringIncludes(table.caption, words[list]);
      const titles = table.rows.map(({ measure }) => String(measure));
      assertEquals(titles.filter((title) => title.includes("corruptions")).length, 3);
    }
    const usual = openResults("5.1", { settings: readSettings(new Map([["HEM_DATA", data]])) });
    assertEquals(usual.corruptions, "18");
  }));

Deno.test("readSettings() refuses a list of corruptions that does not exist", () => {
  const environment = new Map([["HEM_CORRUPTIONS", "17"]]);
  assertThrows(() => readSettings(environment), RangeError, "wanted one of 15, 18, 19");
});
