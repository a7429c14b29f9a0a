import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  countPixels,
  datasetFacts,
  digitScenes,
  loadDataset,
  loadScenes,
  loadSceneStandIn,
  type SceneDataset,
  sceneNames,
  unlabelledColour,
} from "../../lib/datasets/mod.ts";
import { inFolder } from "./scene_fixture.ts";

for (const name of sceneNames) {
  Deno.test(`loadSceneStandIn() makes ${name} with its classes, at its sizes, once, and the same each time`, async () => {
    await inFolder(async (folder) => {
      const { classes, shape } = datasetFacts(name);
      const first = await loadSceneStandIn(name, folder);
      assertEquals([first.classes, first.train.count, first.test.count], [classes, 4, 2]);
      assertEquals(first.train.origin?.form, "stand-in");
      assertColoursDiffer(first);
      const scene = await first.train.read(0);
      if (shape !== undefined) assertEquals([scene.height, scene.width, 3], [...shape]);
      assert(new Set(scene.pixels).size > 100, "its images are not noise");
      const { pixels, ignored } = await countPixels(first.train, { folder });
      assert(pixels.every((count) => count > 0), String(pixels));
      assertEquals(ignored > 0, name !== "sbd");
      const again = await loadSceneStandIn(name, folder);
      assertEquals((await again.train.read(0)).pixels, scene.pixels);
      // it is never taken for the set itself
      await assertRejects(() => loadScenes(name, { folder }), Error, folder);
    });
  });
}

Deno.test("loadSceneStandIn() names the sets that have one", async () => {
  await assertRejects(() => loadSceneStandIn("mnist", "/nowhere"), RangeError, "camvid");
});

Deno.test("no two classes of scenes of digits, nor what has no label, look alike", async () => {
  assertColoursDiffer(digitScenes(await loadDataset("mnist"), { seed: 0, train: 1, test: 1 }));
});

/** Every class of a set has a colour of its own, and none is that of what has no label. */
function assertColoursDiffer({ classes, colours }: SceneDataset): void {
  assertEquals(colours.length, classes);
  const all = [...colours, unlabelledColour].map(String);
  assertEquals(all.filter((colour, i) => all.indexOf(colour) !== i), []);
}
