/** `deno task gc` as a process. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { planOf } from "../../lib/reproduction/mod.ts";
import { openStore } from "../../lib/trials/mod.ts";
import { exampleRecord } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("../../lib/cli/gc.ts", import.meta.url);

async function gc(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program.href, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("gc removes nothing unless asked, and results only where their kind is named", () =>
  withFolder(async (data) => {
    const { trial, stages } = planOf("5.1", "smoke")[0]!;
    const recipe = { ...trial.recipe, epochs: 17 };
    const store = openStore({ data });
    store.write(exampleRecord({ ...trial, recipe }, stages[0]!));
    // Done anew, as by reproduce --force.
    const earlier = exampleRecord(trial, stages[0]!);
    store.write(earlier);
    store.putAside(earlier);
    store.write(earlier);
    Deno.writeTextFileSync(join(data, "results", ".probe-0123abcd"), "");

    const listed = await gc("--data", data);
    assertStringIncludes(listed.output, "Nothing is removed without --delete.");
    for (const kind of ["superseded", "unplanned", "temporary"]) {
      assertStringIncludes(listed.output, kind);
    }
    const some = await gc("--data", data, "--delete");
    assertStringIncludes(some.output, "Removed 1 of them.");
    assertStringIncludes(some.output, "only by --kind superseded unplanned --delete");
    assertEquals(store.read().length, 2);
    const all = await gc("--data", data, "--delete", "--kind", "superseded", "unplanned");
    assertStringIncludes(all.output, "Removed 2 of them.");
    assertEquals([store.read().length, all.code], [1, 0]);
    assertStringIncludes((await gc("--data", data)).output, "is without use");
    const none = await gc("--data", join(data, "none"));
    assertEquals(none.code, 2);
    assert(none.output.includes("There is no folder"), none.output);
  }));
