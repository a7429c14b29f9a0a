import { join } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { assertEquals } from "@std/assert";
import { exitCode } from "../../lib/cli/command.ts";
import { describeStatus, type SectionStatus, statusCommand } from "../../lib/cli/status.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { openStore, trialId } from "../../lib/trials/mod.ts";
import { recordsFor } from "../reporting/synthetic.ts";
import { withFolder } from "../with_folder.ts";

const script = fromFileUrl(new URL("../../lib/cli/status.ts", import.meta.url));

const line = (change: Partial<SectionStatus>): SectionStatus => ({
  section: "5.1",
  scale: "paper",
  conditionsDone: 1,
  conditionsMissing: 2,
  trialsDone: 3,
  trialsMissing: 4,
  running: 0,
  hoursLeft: 2,
  trialsOfUnknownCost: 0,
  missing: [],
  ...change,
});

Deno.test("status says each reason once, with what waits for it, and counts what is left out by intent", () => {
  const waits = (section: string, name: string) => ({
    section,
    condition: `cifar10/${name}`,
    reason: "CIFAR10 is not here.",
  });
  const text = describeStatus([
    line({ missing: [waits("5.1", "a"), waits("5.1", "b")] }),
    line({ section: "5.2", hoursLeft: 0, trialsOfUnknownCost: 4, missing: [waits("5.2", "c")] }),
    line({
      ...{ section: "B.1", scale: "short", trialsDone: 0, trialsMissing: 0 },
      missing: [{ section: "B.1", condition: "d", reason: "too long", excluded: true }],
    }),
  ]);
  assertEquals(
    text,
    `\
section  scale  conditions  trials  running  time left
5.1      paper  1/3         3/7     0        2.0 h
5.2      paper  1/3         3/7     0        4 trials of unknown cost

Waiting for data, and not counted above:
  CIFAR10 is not here.
    waits: paper: 5.1 (2), 5.2 (1)

No part of their scale by intent: short: B.1 (1).
\`deno task reproduce --section B.1 --scale short --dry-run\` says of each why.`,
  );
});

Deno.test("status --micro-batch counts the trials in parts of batches, and not those of whole ones", () =>
  withFolder(async (data) => {
    const planned = planOf("5.1", "smoke", { microBatch: 2 })
      .filter(({ trial }) => trial.dataset.standIn).slice(0, 1);
    const store = openStore({ data });
    for (const record of recordsFor(planned, () => ({ rows: [] }))) store.write(record);
    const { log } = console;
    const done = async (...flags: string[]) => {
      const lines: string[] = [];
      console.log = (line: string) => lines.push(line);
      const args = ["--section", "5.1", "--scale", "smoke", "--data", data, "--json", ...flags];
      try {
        assertEquals(await exitCode(statusCommand(), args), 0);
      } finally {
        console.log = log;
      }
      return JSON.parse(lines.join(""))[0].trialsDone;
    };
    assertEquals([await done(), await done("--micro-batch", "2")], [0, 1]);
  }));

Deno.test("status tells of a damaged file once, and not once for each section", () =>
  withFolder(async (data) => {
    const [planned] = planOf("5.1", "smoke");
    const folder = join(data, "results/smoke", trialId(planned!.trial));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "clean-00000000.json"), "{");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script, "--scale", "smoke", "--data", data],
      stdin: "null",
    }).output();
    const told = new TextDecoder().decode(stderr).match(/Not counted; .*clean-00000000/g);
    assertEquals([code, told?.length], [0, 1]);
  }));
