import { assert, assertEquals } from "@std/assert";
import { experiments } from "../../lib/experiments/mod.ts";
import { planOf, trialsOfShard } from "../../lib/reproduction/mod.ts";
import { type PlannedTrial, type Trial, trialId } from "../../lib/trials/mod.ts";

const work = { parameters: 1, trainedParameters: 1, trainingMacs: 1, keptBytes: 1 };
// As different as networks are: three orders of magnitude.
const networkOf = (trial: Trial) => ({ ...work, macs: 1e6, trainingMacs: 1e6 * trialCost(trial) });
const trialCost = ({ network }: Trial) => 10 ** (network.name.length % 4);

Deno.test("the parts of a plan share no trial, and are the whole plan", () => {
  for (const section of Object.keys(experiments)) {
    const planned = planOf(section, "smoke");
    const all = planned.map(({ trial }) => trialId(trial)).sort();
    for (const count of [1, 3, 8]) {
      const parts = Array.from(
        { length: count },
        (_, i) => trialsOfShard(planned, { index: i + 1, count }, networkOf),
      );
      const ids = parts.flat().map(({ trial }) => trialId(trial)).sort();
      assertEquals(ids, all, `${section} in ${count}`);
    }
  }
});

Deno.test("the parts of a plan differ in cost by no more than one trial", () => {
  // All of one kind, so that FLOPs are images times the network's.
  const planned = planOf("5.1", "paper").filter(({ trial }) => trial.dataset.name === "cifar10")
    .map(({ trial, stages }) => ({ trial, stages: stages.slice(0, 1) }));
  const costOf = ({ trial: { network, recipe } }: PlannedTrial) =>
    recipe.epochs * trialCost({ network } as Trial);
  const parts = [1, 2, 3, 4].map((index) => trialsOfShard(planned, { index, count: 4 }, networkOf));
  const loads = parts.map((part) => part.reduce((sum, one) => sum + costOf(one), 0));
  const dearest = Math.max(...planned.map(costOf));
  assert(Math.max(...loads) - Math.min(...loads) <= dearest, `${loads}`);
  assert(new Set(planned.map(costOf)).size > 1);
});

Deno.test("a trial is in the same part whatever order it is planned in", () => {
  const planned = planOf("5.1", "preview");
  const part = (of: typeof planned) =>
    trialsOfShard(of, { index: 2, count: 3 }).map(({ trial }) => trialId(trial)).sort();
  assertEquals(part([...planned].reverse()), part(planned));
});
