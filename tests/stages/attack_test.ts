import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadDataset, makeDataset, subset } from "../../lib/datasets/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { measureAttack } from "../../lib/stages/attack_work.ts";
import { StoppedError } from "../../lib/stages/work.ts";
import { withFolder } from "../with_folder.ts";
import { exampleStages } from "../trials/examples.ts";
import { contextOf } from "./context.ts";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";

Deno.test("what makes an attack doubtful is said and stored", () =>
  withFolder(async (folder) => {
    const mnist = await loadDataset("mnist");
    const dataset = makeDataset({ ...mnist, test: subset(mnist.test, 40) });
    const network = buildNetwork("mlp", { classes: 10, inputShape: [28, 28, 1], seed: 1 });
    const probabilities = (x: Tensor4D) => network.forward(x, { training: false }).softmax();
    const [stage] = exampleStages("attack");
    const few = { images: 4, queries: 5, targets: 1, iterations: 2 };
    const settings = { ...stage!.settings, ...few };
    const measured = async (of: unknown) => {
      const notes: string[] = [];
      const { facts = {} } = await measureAttack(contextOf("attack", folder, dataset, {
        stage: { ...stage!, settings },
        scratch: await Deno.makeTempDir({ dir: folder }),
        shared: <T>() => Promise.resolve({ network: of, dataset } as T),
        note: (message) => notes.push(message),
      }));
      return { notes, warnings: facts["attack warnings"] };
    };
    const { notes, warnings } = await measured(probabilities);
    assert(String(warnings).includes("probabilities, not logits"), String(warnings));
    assert(notes.some((note) => /^linf: .*probabilities/.test(note)), notes.join());
    assert(notes.some((note) => /^l2: .*probabilities/.test(note)), notes.join());
    assertEquals(
      (await measured(network)).warnings?.toString().includes("probabilities") ?? false,
      false,
    );
    network.dispose();
  }));

Deno.test("a stop is heard while the attack stage predicts the clean test set", () =>
  withFolder(async (folder) => {
    const mnist = await loadDataset("mnist");
    const dataset = makeDataset({ ...mnist, test: subset(mnist.test, 40) });
    let calls = 0;
    const predict = (x: Tensor4D) => {
      calls++;
      return x.mean([1, 2]).tile([1, 10]);
    };
    await assertRejects(
      () =>
        measureAttack(contextOf("attack", folder, dataset, {
          shared: <T>() => Promise.resolve({ network: predict, dataset } as T),
          advance: () => {
            if (calls > 0) throw new StoppedError("Stopped");
          },
        })),
      StoppedError,
    );
    // The one batch of the test set, and no attack after it.
    assertEquals(calls, 1);
  }));
