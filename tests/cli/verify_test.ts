/** `deno task verify` as a process. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { planOf } from "../../lib/reproduction/mod.ts";
import { openStore, trialId, weightsFile } from "../../lib/trials/mod.ts";
import { exampleRecord } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("../../lib/cli/verify.ts", import.meta.url);

Deno.test("verify names weights that are not those of the record, trains nothing, and goes on", () =>
  withFolder(async (data) => {
    const planned = planOf("5.1", "smoke").slice(0, 2);
    const store = openStore({ data });
    for (const { trial, stages } of planned) {
      store.write(exampleRecord(trial, stages[0]!));
      Deno.mkdirSync(store.runFolder(trialId(trial)), { recursive: true });
      Deno.writeTextFileSync(weightsFile(store, trialId(trial)), "others");
    }
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", program.href, "--scale=smoke", "--no-retrain", "--data", data],
    }).output();
    const said = new TextDecoder().decode(stdout);
    for (const { trial } of planned) {
      assertStringIncludes(said, `${trialId(trial)}: not measured`);
      assertStringIncludes(said, `the SHA-256 of ${weightsFile(store, trialId(trial))} is not`);
    }
    assertEquals(code, 1);
  }));
