/** `deno task verify` as a process. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { planOf } from "../../lib/reproduction/mod.ts";
import { hashOfFile, openStore, trialId, weightsFile } from "../../lib/trials/mod.ts";
import { exampleRecord } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("../../lib/cli/verify.ts", import.meta.url);

async function verify(...flags: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program.href, "--no-retrain", ...flags],
  }).output();
  return { code, said: new TextDecoder().decode(stdout) };
}

Deno.test("verify names weights that are not those of the record, trains nothing, and goes on", () =>
  withFolder(async (data) => {
    const planned = planOf("5.1", "smoke").slice(0, 2);
    const store = openStore({ data });
    for (const { trial, stages } of planned) {
      store.write(exampleRecord(trial, stages[0]!));
      Deno.mkdirSync(store.runFolder(trialId(trial)), { recursive: true });
      Deno.writeTextFileSync(weightsFile(store, trialId(trial)), "others");
    }
    const { code, said } = await verify("--scale=smoke", "--data", data);
    for (const { trial } of planned) {
      assertStringIncludes(said, `${trialId(trial)}: not measured`);
      assertStringIncludes(said, `the SHA-256 of ${weightsFile(store, trialId(trial))} is not`);
    }
    assertEquals(code, 1);
  }));

Deno.test("verify fails where nothing is there to compare, and says what is stored", () =>
  withFolder(async (data) => {
    const [planned] = planOf("5.1", "smoke");
    const { trial, stages } = planned!;
    const store = openStore({ data });
    const id = trialId(trial);
    Deno.mkdirSync(store.runFolder(id), { recursive: true });
    Deno.writeTextFileSync(weightsFile(store, id), "weights");
    const weights = { sha256: hashOfFile(weightsFile(store, id))!, role: "made" } as const;
    store.write(exampleRecord(trial, stages[0]!, { weights }));
    const flags = ["--scale", "smoke", "--data", data];
    const alone = await verify(...flags);
    assertEquals(
      [alone.code, alone.said],
      [
        1,
        `${id}: nothing was compared\n` +
        "  none of --stages clean unknown is stored of it; it has its training alone\n",
      ],
    );
    const corrupt = stages.find(({ name }) => name === "corrupt")!;
    store.write(exampleRecord(trial, corrupt, { weights: { ...weights, role: "measured" } }));
    const { code, said } = await verify(...flags);
    assertEquals(code, 1);
    assertStringIncludes(said, "none of --stages clean unknown is stored of it; it has corrupt");
  }));
