import { assert, assertEquals } from "@std/assert";
import { isFile } from "../../lib/files/mod.ts";
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
