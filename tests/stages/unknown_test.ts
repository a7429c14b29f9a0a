import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadDataset, makeDataset, subset } from "../../lib/datasets/mod.ts";
import { measureUnknown } from "../../lib/stages/unknown_work.ts";
import { type MeasureContext, StoppedError } from "../../lib/stages/work.ts";
import { exampleStages, exampleTrial } from "../trials/examples.ts";
import type { Setting } from "../../lib/trials/mod.ts";
import { withFolder } from "../with_folder.ts";
import { contextOf, weightsOf } from "./context.ts";

const mnist = await loadDataset("mnist");
const dataset = makeDataset({ ...mnist, test: subset(mnist.test, 120) });

/** Runs the stage, stopped at a set where one is named; returns what it found and what it measured meanwhile. */
async function evaluate(
  folder: string,
  { stopAt, ...change }: Partial<MeasureContext> & { stopAt?: string } = {},
) {
  const measured = new Set<string>();
  const context = contextOf("unknown", folder, dataset, {
    trial: exampleTrial({ dataset: { name: "mnist", unknownCount: 40 } }),
    advance: (fraction, note) => {
      assert(fraction >= 0 && fraction <= 1);
      measured.add(note);
      // in its middle
      if (note === stopAt && measured.has("stopping")) throw new StoppedError("Stopped");
      if (note === stopAt) measured.add("stopping");
    },
    ...change,
  });
  const found = await measureUnknown(context);
  return { found, measured: [...measured] };
}

Deno.test("the stage `unknown` goes on with the set at which it was stopped, with the numbers of a run in one go", () =>
  withFolder(async (folder) => {
    const whole = await evaluate(folder);
    const made = ["Random blobs", "Uniform noise", "Permuted pixels", "Random phase"];
    for (const title of made) assert(whole.measured.includes(title), title);

    const scratch = `${folder}/parts`;
    const stopped = () => evaluate(folder, { scratch, stopAt: "Permuted pixels" });
    await assertRejects(stopped, StoppedError);
    const rest = await evaluate(folder, { scratch });
    assertEquals(rest.found, whole.found);
    // And those that are not there, whose files may have come.
    assertEquals(rest.measured, ["Omniglot", "KMNIST", "Permuted pixels", "Random phase"]);
    // kept until the record is stored
    assertEquals((await evaluate(folder, { scratch })).found, whole.found);
    // of other weights nothing counts
    const other = await evaluate(folder, { scratch, weights: weightsOf("two") });
    for (const title of made) assert(other.measured.includes(title), title);
  }));

Deno.test("the stage `unknown` measures otherwise what a setting is about, and nothing else", () =>
  withFolder(async (folder) => {
    const usual = await evaluate(folder);
    const [stage] = exampleStages("unknown");
    const differing = async (settings: Record<string, Setting>) => {
      const changed = { ...stage!, settings: { ...stage!.settings, ...settings } };
      const { found } = await evaluate(folder, { stage: changed, scratch: `${folder}/other` });
      assertEquals(found.rows.length, usual.found.rows.length);
      return [
        ...new Set(
          found.rows.filter(({ value }, i) => value !== usual.found.rows[i]!.value)
            .map(({ dataset }) => dataset),
        ),
      ];
    };
    assertEquals(await differing({ values: "bytes" }), ["uniform"]);
    assertEquals(await differing({ permutation: "shared" }), ["permuted"]);
    assertEquals(await differing({ phases: "independent" }), ["phase"]);
    const normalised = await differing({ temperature: 0.04 });
    for (const name of ["blobs", "uniform", "permuted", "phase"]) {
      assert(normalised.includes(name), name);
    }
  }));
