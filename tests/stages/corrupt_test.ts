import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Dataset,
  loadDataset,
  makeDataset,
  memoryImages,
  mnistC,
  subset,
  unpack,
} from "../../lib/datasets/mod.ts";
import { mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { accuracy } from "../../lib/evaluation/mod.ts";
import { predictLogits } from "../../lib/training/mod.ts";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { measureCorrupt } from "../../lib/stages/corrupt_work.ts";
import { loadRunner } from "../../lib/stages/mod.ts";
import { type MeasureContext, StoppedError } from "../../lib/stages/work.ts";
import {
  openStore,
  recordsOfTrial,
  type Setting,
  type Stage,
  stageKey,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleRecord, exampleStages, exampleTrial } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";
import { contextOf, weightsOf } from "./context.ts";
import { testImage } from "../corruptions/image_case.ts";

const corruptOf = (...args: [string, Dataset, Partial<MeasureContext>?]) =>
  measureCorrupt(contextOf("corrupt", ...args));
const mnist = await loadDataset("mnist");

/** CIFAR10 of 20 images, and the images that were read of it. */
function smallCifar10(): { dataset: Dataset; read: number[] } {
  const images = memoryImages({
    name: "test",
    shape: [32, 32, 3],
    pixels: Uint8Array.from(Array.from({ length: 20 }, (_, i) => [...testImage(32, i)]).flat()),
    labels: Int32Array.from({ length: 20 }, (_, i) => i % 10),
  });
  const read: number[] = [];
  const test = {
    ...images,
    read(indices: ArrayLike<number>) {
      read.push(...Array.from(indices));
      return images.read(indices);
    },
  };
  const classNames = [..."abcdefghij"];
  return { dataset: makeDataset({ name: "cifar10", classNames, train: images, test }), read };
}

/** Stops when the stage has come to the set with this number. */
function stopAt(set: number): MeasureContext["advance"] {
  return (fraction) => {
    if (fraction >= set / 95) throw new StoppedError("Stopped");
  };
}

Deno.test("the stage `corrupt` goes on where it was stopped, with the numbers of a run in one go", () =>
  withFolder(async (folder) => {
    const whole = await corruptOf(folder, smallCifar10().dataset);
    // without the textures of frost
    assertEquals(whole.rows.length, 90);
    assertEquals(whole.missing!.map(({ dataset }) => dataset), ["frost"]);
    assertEquals(whole.rows[4]!.at, { severity: 5 });
    assert(new Set(whole.rows.map(({ value }) => value)).size > 1);

    const scratch = `${folder}/parts`;
    const first = smallCifar10();
    const stopped = () => corruptOf(folder, first.dataset, { scratch, advance: stopAt(30.5) });
    await assertRejects(stopped, StoppedError);
    // the set under way is lost, and none before it
    assertEquals(first.read.length, 31 * 20);

    const second = smallCifar10();
    assertEquals(await corruptOf(folder, second.dataset, { scratch }), whole);
    assertEquals(second.read.length, 60 * 20);

    const third = smallCifar10();
    assertEquals(await corruptOf(folder, third.dataset, { scratch }), whole);
    assertEquals(third.read, []);
  }));

Deno.test("the stage `corrupt` starts anew for other weights, and after a damaged file", () =>
  withFolder(async (folder) => {
    const measure = async (change: Partial<MeasureContext>) => {
      const { dataset, read } = smallCifar10();
      await corruptOf(folder, dataset, change);
      return read.length / 20;
    };
    assertEquals(await measure({}), 90);
    assertEquals(await measure({ weights: weightsOf("two") }), 90);
    assertEquals(await measure({ weights: weightsOf("two") }), 0);
    const [file] = Array.from(Deno.readDirSync(folder)).filter(({ isFile }) => isFile);
    const path = `${folder}/${file!.name}`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, -10));
    assertEquals(await measure({ weights: weightsOf("two") }), 90);
  }));

Deno.test("the stage `corrupt` adds to a record the sets that it lacks alone", () =>
  withFolder(async (folder) => {
    const first = smallCifar10();
    const whole = await corruptOf(folder, first.dataset);
    const lacks = [["fog", 2], ["snow", 5]];
    const previous = {
      ...exampleRecord(exampleTrial(), "corrupt"),
      ...whole,
      rows: whole.rows.filter(({ dataset, at }) =>
        !lacks.some(([name, severity]) => name === dataset && severity === at!.severity)
      ),
    };
    const second = smallCifar10();
    const scratch = `${folder}/second`;
    const added = await corruptOf(folder, second.dataset, { scratch, previous });
    assertEquals(added, whole);
    assertEquals(second.read.length, 2 * 20);
  }));

Deno.test("the stage `corrupt` makes MNIST-C at another severity, at their highest those that have fewer", () =>
  withFolder(async (folder) => {
    const dataset = makeDataset({ ...mnist, test: subset(mnist.test, 100) });
    // Each tenth of the pixels is the evidence of a class, so that what changes an image changes answers.
    const network = (images: Tensor) =>
      images.slice([0, 0, 0, 0], [-1, 28, 20, 1]).reshape([-1, 10, 56]).sum(2);
    const shared = <T>() => Promise.resolve({ network, dataset } as T);
    const at = async (settings: Record<string, Setting>) => {
      const [stage] = exampleStages("corrupt");
      const changed = { ...stage!, settings: { ...stage!.settings, ...settings } };
      const scratch = join(folder, JSON.stringify(settings));
      const { rows } = await corruptOf(folder, dataset, { stage: changed, scratch, shared });
      return new Map(rows.map(({ dataset, value }) => [dataset, value]));
    };
    const [mild, strong] = [await at({ severity: 1 }), await at({ severity: 5 })];
    for (const { name, severities } of Object.values(mnistCorruptions)) {
      for (const [severity, found] of [[1, mild], [5, strong]] as const) {
        const images = mnistC(dataset.test, name, {
          seed: 0,
          severity: Math.min(severity, severities),
        });
        const logits = await predictLogits(network, images);
        assertEquals(found.get(name), accuracy(logits, images.labels, 10), name);
      }
    }
    assert([...mild].some(([name, value]) => value !== strong.get(name)));
  }));

Deno.test("the stage `corrupt` takes published images where they are, and lists what is missing", () =>
  withFolder(async (data) => {
    // Five images of fog, of shear and of identity: tests/oracles/mnist_c_archive.py.
    const archive = new URL("../fixtures/datasets/mnist_c.zip", import.meta.url).pathname;
    await unpack(archive, join(data, "raw", "mnist_c"), { hash: "small" });
    const { rows, missing, facts } = await corruptOf(data, mnist);
    assertEquals(rows.map(({ dataset }) => dataset).sort(), ["fog", "shear"]);
    assertEquals(missing!.length, 13);
    for (const { dataset, source, reason } of missing!) {
      assert(reason.includes(dataset) && source === "mnist_c", reason);
    }
    assertEquals(facts!.images, "published");
    const nothing = await corruptOf(data, { ...mnist, name: "kmnist" });
    assertEquals([nothing.rows, nothing.facts], [[], undefined]);
    assert(nothing.missing![0]!.reason.includes("kmnist"));
  }));

Deno.test("a trial stopped among the corruptions goes on there, and counts the seconds before", () =>
  withFolder(async (folder) => {
    const runTrial = await loadRunner();
    const stages = exampleStages("training", "corrupt") as [Stage, Stage];
    const trial = exampleTrial({
      dataset: { name: "mnist", trainCount: 256, testCount: 40, unknownCount: 10 },
      network: { name: "mlp" },
    });
    const id = trialId(trial);
    const planned = { trial, stages };
    const data = `${folder}/parts`;
    const stop = new AbortController();
    const onProgress = (_: number, __: number, note: string) => {
      if (note === "corrupt: Fog") stop.abort();
    };
    assertEquals(await runTrial(planned, { data, signal: stop.signal, onProgress }), "stopped");
    const store = openStore({ data });
    const scratch = join(store.runFolder(id), stageKey(stages[1]));
    const kept = Object.keys(JSON.parse(await Deno.readTextFile(`${scratch}/sets.json`)).values);
    assertEquals(kept.map((name) => JSON.parse(name)[0]).slice(9), ["stripe"]);
    // What it took is on the disk, as it would be after SIGKILL.
    assert(Number(await Deno.readTextFile(`${scratch}/seconds`)) > 0);
    await Deno.writeTextFile(`${scratch}/seconds`, "1000");
    assertEquals(await runTrial(planned, { data }), "done");
    assertEquals(await runTrial(planned, { data: `${folder}/whole` }), "done");
    const [, whole] = recordsOfTrial(id, stages, openStore({ data: `${folder}/whole` }));
    const [, parts] = recordsOfTrial(id, stages, store);
    assertEquals([parts!.rows, parts!.facts], [whole!.rows, whole!.facts]);
    assert(parts!.seconds > 1000 && whole!.seconds < 1000);
    const left = Array.from(Deno.readDirSync(store.runFolder(id)), ({ name }) => name);
    assertEquals(left.sort(), ["lock", "weights.safetensors"]);
  }));
