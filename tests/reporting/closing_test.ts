import { assert, assertEquals } from "@std/assert";
import { closing } from "../../lib/reporting/mod.ts";
import { withFolder } from "../with_folder.ts";

Deno.test("the closing table has each figure and table of the paper once, and what is without results says so", () =>
  withFolder(async (data) => {
    const { rows } = await closing({ data, figures: data });
    const items = Array.from({ length: 11 }, (_, i) => `Figure ${i + 1}`);
    assertEquals(rows.map(({ item }) => item), [...items, "Table 1", "Table 2", "Table 3"]);
    for (const row of rows) {
      const isComputed = row.item === "Table 1" || row.item === "Table 2";
      assertEquals(row.coverage === "–", isComputed, `${row.item}`);
      if (isComputed) continue;
      assert(String(row.coverage).startsWith("0 of "), `${row.item}: ${row.coverage}`);
      assertEquals([row.ours, row.trials], ["no result yet", "0"]);
      assert(String(row.verdict).endsWith("not yet run"), `${row.item}: ${row.verdict}`);
    }
    const [one, two] = rows.slice(11);
    assertEquals([one!.ours, one!.paper], ["24 of 24", "24 printed"]);
    assert(
      /^1\d of 15; \d more with a head of ten classes$/.test(String(two!.ours)),
      `${two!.ours}`,
    );
  }));
