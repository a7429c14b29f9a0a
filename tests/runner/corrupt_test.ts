import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Dataset,
  loadDataset,
  makeDataset,
  memoryImages,
  unpack,
} from "../../lib/datasets/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import {
  type EvaluationContext,
  evaluations,
  runTrial,
  StoppedError,
} from "../../lib/runner/mod.ts";
import { openStore, trialId } from "../../lib/trials/mod.ts";
import { exampleRecord, exampleTrial, withFolder } from "../trials/examples.ts";
import { testImage } from "../corruptions/image_case.ts";

const evaluateCorrupt = evaluations.corrupt!;
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

function contextOf(
  folder: string,
  dataset: Dataset,
  change: Partial<EvaluationContext> = {},
): EvaluationContext {
  return {
    trial: exampleTrial(),
    network: buildNetwork("mlp", { classes: 10, inputShape: [...dataset.imageShape], seed: 1 }),
    dataset,
    weights: "one",
    data: folder,
    scratch: folder,
    advance: () => {},
    ...change,
  };
}

/** Stops when the stage has come to the set with this number. */
function stopAt(set: number): EvaluationContext["advance"] {
  return (fraction) => {
    if (fraction >= set / 95) throw new StoppedError("Stopped");
  };
}

Deno.test("the stage `corrupt` goes on where it was stopped, with the numbers of a run in one go", () =>
  withFolder(async (folder) => {
    const whole = await evaluateCorrupt(contextOf(folder, smallCifar10().dataset));
    // without the textures of frost
    assertEquals([whole.rows.length, whole.missing!.length], [90, 5]);
    assert(new Set(whole.rows.map(({ value }) => value)).size > 1);

    const scratch = `${folder}/parts`;
    const first = smallCifar10();
    const stopped = contextOf(folder, first.dataset, { scratch, advance: stopAt(30.5) });
    await assertRejects(() => evaluateCorrupt(stopped), StoppedError);
    // the set under way is lost, and none before it
    assertEquals(first.read.length, 31 * 20);

    const second = smallCifar10();
    assertEquals(await evaluateCorrupt(contextOf(folder, second.dataset, { scratch })), whole);
    assertEquals(second.read.length, 60 * 20);

    const third = smallCifar10();
    assertEquals(await evaluateCorrupt(contextOf(folder, third.dataset, { scratch })), whole);
    assertEquals(third.read, []);
  }));

Deno.test("the stage `corrupt` starts anew for other weights, and after a damaged file", () =>
  withFolder(async (folder) => {
    const measure = async (change: Partial<EvaluationContext>) => {
      const { dataset, read } = smallCifar10();
      await evaluateCorrupt(contextOf(folder, dataset, change));
      return read.length / 20;
    };
    assertEquals(await measure({}), 90);
    assertEquals(await measure({ weights: "two" }), 90);
    assertEquals(await measure({ weights: "two" }), 0);
    const [file] = Array.from(Deno.readDirSync(folder)).filter(({ isFile }) => isFile);
    const path = `${folder}/${file!.name}`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, -10));
    assertEquals(await measure({ weights: "two" }), 90);
  }));

Deno.test("the stage `corrupt` adds to a record the sets that it lacks alone", () =>
  withFolder(async (folder) => {
    const first = smallCifar10();
    const whole = await evaluateCorrupt(contextOf(folder, first.dataset));
    const lacks = ["fog/2", "snow/5"];
    const previous = {
      ...exampleRecord(exampleTrial(), "corrupt"),
      ...whole,
      rows: whole.rows.filter(({ dataset }) => !lacks.includes(dataset)),
    };
    const second = smallCifar10();
    const scratch = `${folder}/second`;
    const added = await evaluateCorrupt(contextOf(folder, second.dataset, { scratch, previous }));
    assertEquals(added, whole);
    assertEquals(second.read.length, 2 * 20);
  }));

Deno.test("the stage `corrupt` takes published images where they are, and lists what is missing", () =>
  withFolder(async (data) => {
    // Five images of fog, of shear and of identity: tests/oracles/mnist_c_archive.py.
    const archive = new URL("../fixtures/datasets/mnist_c.zip", import.meta.url).pathname;
    await unpack(archive, join(data, "raw", "mnist_c"), { hash: "small" });
    const { rows, missing, settings } = await evaluateCorrupt(contextOf(data, mnist));
    assertEquals(rows.map(({ dataset }) => dataset).sort(), ["fog", "shear"]);
    assertEquals(missing!.length, 13);
    for (const { dataset, source, reason } of missing!) {
      assert(reason.includes(dataset) && source === "mnist_c", reason);
    }
    assertEquals(settings!.images, "published");
    const nothing = await evaluateCorrupt(contextOf(data, { ...mnist, name: "kmnist" }));
    assertEquals([nothing.rows, nothing.settings], [[], undefined]);
    assert(nothing.missing![0]!.reason.includes("kmnist"));
  }));

Deno.test("runTrial() stopped among the corruptions goes on there, and counts the seconds before", () =>
  withFolder(async (folder) => {
    const trial = exampleTrial({
      dataset: { name: "mnist", trainCount: 256, testCount: 40, unknownCount: 10 },
      network: { name: "mlp" },
    });
    const id = trialId(trial);
    const data = `${folder}/parts`;
    const stop = new AbortController();
    const onProgress = (_: number, __: number, note: string) => {
      if (note === "corrupt: Fog") stop.abort();
    };
    assertEquals(await runTrial(trial, { data, signal: stop.signal, onProgress }), "stopped");
    const store = openStore({ data });
    const scratch = join(store.runFolder(id), "corrupt");
    const kept = Object.keys(
      JSON.parse(await Deno.readTextFile(`${scratch}/accuracies.json`)).sets,
    );
    assertEquals([kept.length, kept.at(-1)], [10, "stripe"]);
    await Deno.writeTextFile(`${scratch}/seconds`, "1000");
    assertEquals(await runTrial(trial, { data }), "done");
    assertEquals(await runTrial(trial, { data: `${folder}/whole` }), "done");
    const whole = openStore({ data: `${folder}/whole` }).get(id, "corrupt")!;
    const parts = store.get(id, "corrupt")!;
    assertEquals([parts.rows, parts.settings], [whole.rows, whole.settings]);
    assert(parts.seconds > 1000 && whole.seconds < 1000);
    assert(
      !Array.from(Deno.readDirSync(store.runFolder(id))).some(({ name }) => name === "corrupt"),
    );
  }));
