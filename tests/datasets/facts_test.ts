import { assertEquals, assertThrows } from "@std/assert";
import {
  datasetFacts,
  datasetNames,
  loadDataset,
  setTitle,
  trainedNames,
  unknownSetNames,
  unknownSets,
} from "../../lib/datasets/mod.ts";

Deno.test("the facts of MNIST are those of its files", async () => {
  const { classes, imageShape, train, test } = await loadDataset("mnist");
  const facts = datasetFacts("mnist");
  assertEquals([facts.classes, facts.shape], [classes, imageShape]);
  assertEquals(facts.images, { train: train.count, test: test.count });
});

Deno.test("there are facts of every data set that can be loaded, and a title of every set of unknown classes", async () => {
  for (const name of datasetNames) datasetFacts(name);
  const mnist = await loadDataset("mnist");
  for (const name of trainedNames) {
    const { unknownSets: names, task } = datasetFacts(name);
    // section 5.1: seven of them
    assertEquals(names.length, task === "classification" ? 7 : 0);
    assertEquals(names.filter((one) => setTitle(one) === undefined), []);
    if (task !== "classification") continue;
    const made = unknownSets({ ...mnist, name }, { seed: 0, count: 1 });
    assertEquals(made.map((set) => set.name), names);
    assertEquals(made.map(({ title }) => title), names.map((one) => setTitle(one)));
  }
});

Deno.test("what is not in the table is an error, or has the made sets alone", () => {
  assertThrows(() => datasetFacts("toString"), RangeError, "cifar10");
  assertEquals(setTitle("toString"), undefined);
  assertEquals(unknownSetNames("emnist"), ["blobs", "uniform", "permuted", "phase"]);
});
