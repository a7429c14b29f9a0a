import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  countLabels,
  ignoreLabel,
  type Scene,
  type SceneSet,
  splitViews,
  testViews,
  trainingViews,
  viewBatches,
} from "../../lib/datasets/mod.ts";
import { sceneFiles } from "../../lib/datasets/scene_files.ts";
import { InputPipeline, workersFor } from "../../lib/training/mod.ts";
import { inFolder, putImage, putMask, rowsOf } from "./scene_fixture.ts";

/** A scene whose pixel (x, y) is (x, y, 1) and has the label (x + 2 y) mod 5: every pixel says where it came from. */
function scene(height: number, width: number): Scene {
  const pixels = new Uint8Array(3 * height * width), labels = new Uint8Array(height * width);
  for (let at = 0; at < labels.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels.set([x, y, 1], 3 * at);
    labels[at] = (x + 2 * y) % 5;
  }
  return { height, width, pixels, labels };
}

function setOf(...scenes: Scene[]): SceneSet {
  return {
    name: "scenes",
    count: scenes.length,
    classes: 5,
    read: (index) => Promise.resolve(scenes[index]!),
  };
}

/** Throws unless every pixel of a view that is in the scene has its own label, and every other one is zero and ignored. */
function checkTwins(view: Uint8Array): { inside: number; padded: number } {
  const found = { inside: 0, padded: 0 };
  for (let v = 0; v < view.length; v += 4) {
    const [x, y, one, label] = view.subarray(v, v + 4) as unknown as number[];
    if (one === 0) {
      assertEquals([x, y, label], [0, 0, ignoreLabel]);
      found.padded++;
    } else {
      assertEquals(label, (x! + 2 * y!) % 5);
      found.inside++;
    }
  }
  return found;
}

Deno.test("training views move labels with their pixels, are mirrored half of the time, and pad with what is ignored", async () => {
  const set = setOf(scene(6, 9), scene(3, 4));
  const epochs = 200;
  const views = trainingViews(set, { size: [4, 5], epochs, seed: 1 });
  assertEquals([views.count, views.shape], [2 * epochs, [4, 5, 4]]);
  let mirrored = 0;
  const corners = new Set<string>(), smallCorners = new Set<string>();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const view = await views.read([2 * epoch]) as Uint8Array;
    assertEquals(checkTwins(view), { inside: 20, padded: 0 });
    if (view[0]! > view[4]!) mirrored++;
    corners.add(`${Math.min(view[0]!, view[16]!)} ${view[1]}`);
    const small = await views.read([2 * epoch + 1]) as Uint8Array;
    assertEquals(checkTwins(small), { inside: 12, padded: 8 });
    smallCorners.add(splitViews(small).labels.map((label) => label === 255 ? 1 : 0).join());
  }
  // 200 fair coins, five standard deviations
  assert(Math.abs(mirrored - 100) < 36, `${mirrored} of 200 are mirrored`);
  // 3 x 5 places of the crop; 2 x 2 of the small scene
  assertEquals([corners.size, smallCorners.size], [15, 4]);
});

Deno.test("a view depends on seed, epoch and scene alone", async () => {
  const set = setOf(scene(9, 9), scene(8, 10), scene(7, 7));
  const options = { size: [5, 5], epochs: 3, scale: 0.4, colour: 0.3, noise: 0.1 } as const;
  const views = trainingViews(set, { ...options, seed: 4 });
  const together = await views.read([0, 1, 2, 3, 4, 5, 6, 7, 8]) as Uint8Array;
  for (const index of [8, 0, 4]) {
    assertEquals(await views.read([index]), together.slice(index * 100, (index + 1) * 100));
  }
  const others = await trainingViews(set, { ...options, seed: 5 }).read([0, 1, 2]) as Uint8Array;
  assert(others.join() !== together.slice(0, 300).join());
  assert(together.slice(0, 300).join() !== together.slice(300, 600).join());
});

Deno.test("testViews() pad below and on the right, and resize images bilinear and labels nearest", async () => {
  const set = setOf(scene(2, 3));
  const padded = await testViews(set, { size: [4, 4] }).read([0]) as Uint8Array;
  assertEquals(rowsOf(splitViews(padded).labels, 4), [
    [0, 1, 2, 255],
    [2, 3, 4, 255],
    [255, 255, 255, 255],
    [255, 255, 255, 255],
  ]);
  assertEquals([...splitViews(padded).pixels.subarray(9, 12)], [0, 0, 0]);
  // Pillow: Image.resize((2, 4), NEAREST) takes columns 0 and 2, and each row twice
  const resized = await testViews(set, { size: [4, 2], resize: [4, 2] }).read([0]) as Uint8Array;
  assertEquals(rowsOf(splitViews(resized).labels, 2), [[0, 2], [0, 2], [2, 4], [2, 4]]);
  // Pillow 13.0.0: Image.resize((2, 4), BILINEAR) of red [0, 100, 200] in each row, green 0 and 50 down the rows
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => {
    const at = Math.floor(i / 3);
    return [100 * (at % 3), 50 * Math.floor(at / 3), 0][i % 3]!;
  });
  const wide = setOf({ ...scene(2, 3), pixels });
  const view = await testViews(wide, { size: [4, 2], resize: [4, 2] }).read([0]) as Uint8Array;
  const channel = (c: number) => Array.from({ length: 8 }, (_, i) => view[4 * i + c]!);
  assertEquals(channel(0), [38, 163, 38, 163, 38, 163, 38, 163]);
  assertEquals(channel(1), [0, 0, 13, 13, 38, 38, 50, 50]);
});

Deno.test("scaled views keep labels that the scene has, and padding apart", async () => {
  const set = setOf(scene(8, 8));
  const views = trainingViews(set, { size: [8, 8], epochs: 50, seed: 2, scale: 0.5 });
  const all = await views.read(Uint32Array.from({ length: 50 }, (_, i) => i)) as Uint8Array;
  const { labels } = splitViews(all);
  assertEquals([...new Set(labels)].sort((a, b) => a - b), [0, 1, 2, 3, 4, ignoreLabel]);
  const counts = countLabels([Uint8Array.from(labels)], 5);
  assert(counts.ignored > 0 && counts.ignored < labels.length / 2);
});

Deno.test("changes of colour leave labels and padding alone, and stay bytes", async () => {
  const set = setOf(scene(3, 4));
  const views = trainingViews(set, {
    size: [4, 5],
    epochs: 60,
    seed: 3,
    flip: false,
    colour: 0.9,
    noise: 0.5,
  });
  const plain = trainingViews(set, { size: [4, 5], epochs: 60, seed: 3, flip: false });
  let changed = 0;
  for (let epoch = 0; epoch < 60; epoch++) {
    const [a, b] = [
      splitViews(await views.read([epoch]) as Uint8Array),
      splitViews(await plain.read([epoch]) as Uint8Array),
    ];
    assertEquals(a.labels, b.labels);
    a.labels.forEach((label, i) => {
      if (label === ignoreLabel) assertEquals(a.pixels[3 * i], 0);
    });
    if (a.pixels.join() !== b.pixels.join()) changed++;
  }
  assert(changed > 40, `${changed} of 60 are changed`);
});

Deno.test("viewBatches() go through every scene once an epoch, and on from any step", () => {
  const options = { count: 5, batchSize: 2, seed: 7, epochs: 3 };
  const all = [...viewBatches({ ...options, firstStep: 0 })].map(({ indices }) => [...indices]);
  assertEquals(all.map((batch) => batch.length), [2, 2, 1, 2, 2, 1, 2, 2, 1]);
  for (let epoch = 0; epoch < 3; epoch++) {
    const seen = all.slice(3 * epoch, 3 * epoch + 3).flat();
    assertEquals(seen.toSorted((a, b) => a - b), [0, 1, 2, 3, 4].map((i) => 5 * epoch + i));
  }
  assertEquals(
    [...viewBatches({ ...options, firstStep: 4 })].map(({ indices }) => [...indices]),
    all.slice(4),
  );
});

Deno.test("an input pipeline gives the views of files from other threads, the same", async () => {
  await inFolder(async (folder) => {
    const places = await Promise.all([0, 1, 2].map(async (i) => {
      const [image, mask] = [`${folder}/${i}.png`, `${folder}/${i}.mask.png`];
      await putImage(image, 4, 6);
      await putMask(mask, Array.from({ length: 4 }, (_, y) => [0, 1, 2, 3, 11, (y + i) % 11]));
      return { image, mask, form: "camvid" as const };
    }));
    const origin = { form: "unpacked copy", checked: "", official: 3 } as const;
    const set = sceneFiles({ name: "files", classes: 11, places, origin });
    const views = trainingViews(set, { size: [3, 4], epochs: 2, seed: 0 });
    assert(workersFor(views) > 0);
    const plan = () => viewBatches({ count: 3, batchSize: 2, seed: 0, epochs: 2, firstStep: 0 });
    const batches = async (workers: number) => {
      const pipeline = new InputPipeline(views, plan(), { workers });
      const found: string[] = [];
      for (let batch = await pipeline.next(); batch; batch = await pipeline.next()) {
        found.push(batch.pixels.join());
      }
      pipeline.close();
      return found;
    };
    const here = await batches(0);
    assertEquals(here.length, 4);
    assertEquals(await batches(2), here);
  });
});

Deno.test("what is no view is a RangeError", () => {
  const set = setOf(scene(4, 4));
  const make = (options: object) => () =>
    trainingViews(set, { size: [4, 4], epochs: 1, seed: 0, ...options });
  for (
    const [options, named] of [
      [{ size: [0, 4] }, "size"],
      [{ size: [4.5, 4] }, "size"],
      [{ resize: [4, -1] }, "resize"],
      [{ epochs: 0 }, "epochs"],
      [{ scale: 1 }, "scale"],
      [{ colour: -0.1 }, "colour"],
      [{ noise: NaN }, "noise"],
    ] as const
  ) assertThrows(make(options), RangeError, named);
});
