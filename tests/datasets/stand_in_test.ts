import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadDataset, loadStandIn } from "../../lib/datasets/mod.ts";

/** Classes and shape of the data sets themselves (A.1.1). */
const sets = {
  cifar10: [10, [32, 32, 3]],
  cifar100: [100, [32, 32, 3]],
  tiny_imagenet: [200, [64, 64, 3]],
  imagenet: [1000, [224, 224, 3]],
} as const;

for (const [name, [classes, shape]] of Object.entries(sets)) {
  Deno.test(`loadStandIn() makes ${name} with its classes and shape, once, and the same each time`, async () => {
    const [first, second] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    try {
      const dataset = await loadStandIn(name, first);
      assertEquals([dataset.classes, dataset.imageShape], [classes, shape]);
      assertEquals(new Set(dataset.train.labels).size, classes);
      assert(dataset.test.count >= 4);
      const pixels = await dataset.train.read([0, 1]);
      assertEquals(pixels.length, 2 * shape[0] * shape[1] * shape[2]);
      assert(new Set(pixels).size > 100, "its images are not noise");
      const before = await modified(first);
      assertEquals(await (await loadStandIn(name, first)).train.read([0, 1]), pixels);
      assertEquals(await modified(first), before);
      assertEquals(await (await loadStandIn(name, second)).train.read([0, 1]), pixels);
      // It is never taken for the data set itself.
      await assertRejects(() => loadDataset(name, { folder: first }), Error, first);
    } finally {
      await Deno.remove(first, { recursive: true });
      await Deno.remove(second, { recursive: true });
    }
  });
}

Deno.test("loadStandIn() names the data sets that have one", async () => {
  await assertRejects(() => loadStandIn("mnist", "/nowhere"), RangeError, "cifar10");
});

async function modified(folder: string): Promise<string[]> {
  const times: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    if (isFile && !name.endsWith(".lock")) times.push(`${name} ${mtime!.getTime()}`);
  }
  return times.sort();
}
