import { assert, assertEquals } from "@std/assert";
import { isFile } from "../../lib/files/mod.ts";
import { areOwnFigures, settingsOf } from "../../lib/cli/figure_settings.ts";
import { describeDrawn, drawAll } from "../../lib/cli/figures.ts";
import { catalogue, projectFolder, readSettings } from "../../lib/reporting/mod.ts";
import { join } from "node:path";
import { withFolder } from "../with_folder.ts";

Deno.test("drawAll() draws the whole catalogue where nothing is stored, and says that it is missing", () =>
  withFolder(async (folder) => {
    const figures = join(folder, "figures");
    const settings = { ...readSettings(), data: join(folder, "data"), figures };
    const drawn = await drawAll(settings);
    assertEquals(
      [...new Set(drawn.map(({ entry }) => entry.name))].sort(),
      catalogue.map(({ name }) => name).sort(),
    );
    for (const { entry, item, path } of drawn) {
      const endings = "spec" in item ? ["svg", "png", "vl.json"] : ["md", "csv"];
      for (const ending of endings) {
        const file = `${path}.${ending}`;
        assert(isFile(file) || isFile(join(projectFolder, file)), `${entry.name}: ${file}`);
      }
      // Tables of claims say it claim by claim.
      if (!("spec" in item) || entry.needs.length === 0) continue;
      assert(item.missing.length > 0, `${entry.name} lacks nothing`);
    }
    const text = describeDrawn(drawn);
    for (const { name } of catalogue) assert(text.includes(name), name);
  }));

Deno.test("figures of another data folder go into it, or where HEM_FIGURES says, and README tells of none of them", () => {
  const data = join(projectFolder, "data"), figures = join(projectFolder, "figures");
  const own = settingsOf(data), other = settingsOf("/other");
  assertEquals([own.figures, areOwnFigures(own)], [figures, true]);
  assertEquals([other.data, other.figures], ["/other", "/other/figures"]);
  for (const settings of [other, { ...other, figures }, { ...own, figures: "/other" }]) {
    assert(!areOwnFigures(settings));
  }
  Deno.env.set("HEM_FIGURES", "/elsewhere");
  try {
    for (const folder of [data, "/other"]) {
      assertEquals(settingsOf(folder).figures, "/elsewhere");
    }
  } finally {
    Deno.env.delete("HEM_FIGURES");
  }
});
