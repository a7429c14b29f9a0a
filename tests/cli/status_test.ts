import { assertEquals } from "@std/assert";
import { describeStatus, type SectionStatus } from "../../lib/cli/status.ts";

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
