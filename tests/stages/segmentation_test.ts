/** Trials of segmentation from their data to their numbers: scenes of digits, and stand-ins of CamVid. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { countPixels, digitScenes, loadDataset, MissingDataError } from "../../lib/datasets/mod.ts";
import { ConfusionMatrix, intersectionOverUnion } from "../../lib/evaluation/mod.ts";
import { loadTrialData } from "../../lib/stages/classifier.ts";
import { newSegmenter, pixelLoss } from "../../lib/stages/segmenter.ts";
import { loadRunner, sceneOptions, segmentation, stageOf, training } from "../../lib/stages/mod.ts";
import {
  openStore,
  recordsOfTrial,
  type SegmentationTrial,
  trialId,
  weightsFile,
} from "../../lib/trials/mod.ts";
import { saveWeights } from "../../lib/training/mod.ts";
import { withFolder } from "../with_folder.ts";

const runPlanned = await loadRunner();
const stages = [stageOf(training), stageOf(segmentation, { shown: 2 })];

function smallTrial(change: Partial<SegmentationTrial> = {}): SegmentationTrial {
  return {
    kind: "segmentation",
    scale: "smoke",
    dataset: {
      name: "digit_scenes",
      trainCount: 4,
      testCount: 2,
      options: { height: 64, width: 64 },
    },
    network: { name: "fpn", options: { encoder: "resnet18" } },
    loss: { name: "hem_plus" },
    recipe: {
      epochs: 1,
      batchSize: 2,
      optimizer: { name: "sgd", learningRate: 0.01, momentum: 0.9 },
      schedule: { name: "constant" },
      augmentation: "flip",
      threads: 1,
    },
    seed: 3,
    index: 0,
    ...change,
  };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const isMap = !file.endsWith("_image.png");
  return await sharp(file).toColourspace(isMap ? "b-w" : "srgb").raw().toBuffer();
}

Deno.test("a trial of digit scenes has IoU by class, its mean, and pictures that agree with them", () =>
  withFolder(async (data) => {
    const trial = smallTrial();
    assertEquals(await runPlanned({ trial, stages }, { data }), "done");
    const store = openStore({ data });
    const [made, measured] = recordsOfTrial(trialId(trial), stages, store);
    assertEquals(made!.facts!["encoder weights"], "random");
    assertEquals(made!.rows.map(({ metric }) => metric), ["loss", "seconds"]);

    // The same numbers from the pictures, which show both test scenes.
    const folder = join(dirname(weightsFile(store, trialId(trial))), "scenes");
    const matrix = new ConfusionMatrix(11, { ignoreLabel: 255 });
    const { test } = digitScenes(await loadDataset("mnist"), { seed: 0, train: 4, test: 2 });
    for (const i of [0, 1]) {
      const scene = await test.read(i);
      const truth = await bytesOf(join(folder, `${i}_truth.png`));
      assertEquals([...truth], [...scene.labels]);
      assertEquals([...await bytesOf(join(folder, `${i}_image.png`))], [...scene.pixels]);
      matrix.add(truth, await bytesOf(join(folder, `${i}_predicted.png`)));
    }
    const classes = JSON.parse(await Deno.readTextFile(join(folder, "classes.json")));
    assertEquals(classes.length, 11);
    assertEquals(classes[0], { name: "ground", colour: [30, 30, 30] });
    const { mean, perClass, absent } = intersectionOverUnion(matrix);
    const row = (metric: string, c?: number) =>
      measured!.rows.find((row) => row.metric === metric && row.at?.class === c)?.value;
    assertAlmostEquals(row("mean_iou")!, mean, 1e-12);
    perClass.forEach((iou, c) => assertEquals(row("iou", c), Number.isNaN(iou) ? undefined : iou));
    const named = measured!.facts!["classes nowhere in the test"];
    assertEquals(absent.length, named === undefined ? 0 : String(named).split(", ").length);
    assert(row("pixel_accuracy")! >= 0);
  }));

Deno.test("stand-ins of CamVid are cropped for training, and tested whole at the size they are resized to", () =>
  withFolder(async (data) => {
    const trial = smallTrial({
      dataset: {
        name: "camvid",
        standIn: true,
        trainCount: 2,
        testCount: 1,
        options: { height: 64, width: 96, resizeHeight: 90, resizeWidth: 120 },
      },
      loss: { name: "ce" },
    });
    assertEquals(await runPlanned({ trial, stages }, { data }), "done");
    const store = openStore({ data });
    const [made, measured] = recordsOfTrial(trialId(trial), stages, store);
    assertEquals(made!.facts!.training_images, "stand-in");
    assertEquals(measured!.facts!.test_images, "stand-in");
    assertEquals(measured!.facts!["tested at"], "90x120");
    const image = join(dirname(weightsFile(store, trialId(trial))), "scenes", "0_predicted.png");
    const { width, height } = await sharp(image).metadata();
    assertEquals([height, width], [90, 120]);
  }));

Deno.test("scenes are not chosen by class, and images have no options of scenes", async () => {
  const { dataset } = smallTrial();
  for (const choice of [{ longTail: { ratio: 10 } }, { perClass: 5 }]) {
    const trial = smallTrial({ dataset: { ...dataset, ...choice } });
    await assertRejects(() => newSegmenter({ trial, data: "none" }), RangeError, "by their class");
  }
  await assertRejects(
    () => loadTrialData({ dataset: { name: "mnist", options: { resizeHeight: 14 } } }, "none"),
    RangeError,
    'Cannot prepare the images of mnist by {"resizeHeight":14}',
  );
});

Deno.test("a training of pixels whose logits are no numbers has diverged, and is not measured in vain", () =>
  withFolder(async (data) => {
    const recipe: SegmentationTrial["recipe"] = {
      ...smallTrial().recipe,
      // One step so large leaves weights that are finite, and layers whose products are not.
      batchSize: 4,
      optimizer: { name: "sgd", learningRate: 1e25 },
    };
    const trial = smallTrial({ recipe, loss: { name: "ce" } });
    assertEquals(await runPlanned({ trial, stages }, { data }), "done");
    const records = openStore({ data }).read();
    assertEquals(records.map(({ stage }) => stage.name), ["training"]);
    const { outcome, rows } = records[0]!;
    const { value: loss } = rows.find(({ metric }) => metric === "loss")!;
    assertEquals(outcome, { name: "diverged", step: 0, epoch: 1, loss });
  }));

Deno.test("the margins of pixels are those of the unit that a trial counts samples in", async () => {
  const scenes = digitScenes(await loadDataset("mnist"), { seed: 0, train: 6, test: 1 });
  const { pixels, images, pixelsPerImage } = await countPixels(scenes.train);
  const samples = {
    pixels,
    images_equivalent: pixels.map((count) => count / pixelsPerImage),
    images_containing: images,
  };
  assert(samples.images_equivalent.some((count) => count > 0 && count < 1));
  for (const [sampleUnit, counts] of Object.entries(samples)) {
    const factsOf = async (name: "hem" | "hem_plus") => {
      const trial = smallTrial({ loss: { name, options: { sampleUnit } } });
      return (await pixelLoss(trial, scenes, "unused")).facts;
    };
    const all = counts.reduce((a, b) => a + b);
    assertAlmostEquals(Number((await factsOf("hem")).margin), Math.sqrt(2000 / all), 1e-9);
    const facts = await factsOf("hem_plus");
    counts.forEach((count, c) => {
      // Of a class that is nowhere it only has to be a number.
      const wanted = Math.sqrt(2000 / (11 * (count === 0 ? 1 : count)));
      assertAlmostEquals(Number(facts[`margin of class ${c}`]), wanted, 1e-9);
    });
  }
});

Deno.test("with the competitor's margin a class that is nowhere has the margin of the rarest, not a huge one", async () => {
  const scenes = digitScenes(await loadDataset("mnist"), { seed: 0, train: 1, test: 1 });
  const { pixels } = await countPixels(scenes.train);
  assert(pixels.includes(0));
  const options = { marginIndex: "competitor" };
  const { facts } = await pixelLoss(
    smallTrial({ loss: { name: "hem_plus", options } }),
    scenes,
    "unused",
  );
  const least = Math.min(...pixels.filter((count) => count > 0));
  pixels.forEach((count, c) => {
    const wanted = Math.sqrt(2000 / (11 * (count || least)));
    assertAlmostEquals(Number(facts[`margin of class ${c}`]), wanted, 1e-9);
  });
});

Deno.test("options that a loss of pixels does not have are refused before any mask is counted", async () => {
  const scenes = digitScenes(await loadDataset("mnist"), { seed: 0, train: 1, test: 1 });
  const read = () => Promise.reject(new Error("counted"));
  const train = { ...scenes.train, read };
  for (
    const [name, options, message] of [
      ["ce", { sampleUnit: "pixels" }, 'the loss "ce" has no option "sampleUnit"'],
      ["hem", { sampleUnit: "pixel" }, "sampleUnit must be one of"],
      ["hem_plus", { sampleunit: "pixels" }, 'no option "sampleunit"'],
    ] as const
  ) {
    const trial = smallTrial({ loss: { name, options: { ...options } } });
    const of = () => pixelLoss(trial, { ...scenes, train }, "unused");
    await assertRejects(of, RangeError, message);
  }
});

Deno.test("a trial whose encoder starts from a file is trained and measured, and says from which", () =>
  withFolder(async (data) => {
    const options = { encoder: "resnet18", encoderWeights: "own" };
    const trial = smallTrial({ network: { name: "fpn", options } });
    const { network } = await newSegmenter({ trial: smallTrial({ seed: 4 }), data });
    const folder = join(data, "raw", "encoders");
    await Deno.mkdir(folder, { recursive: true });
    await saveWeights(network, join(folder, "own.safetensors"), { trial: "another" });
    assertEquals(await runPlanned({ trial, stages }, { data }), "done");
    const [made, measured] = recordsOfTrial(trialId(trial), stages, openStore({ data }));
    assertEquals(made!.outcome, { name: "finished" });
    for (const { facts } of [made!, measured!]) {
      assert(/^own, SHA-256 [0-9a-f]{64}$/.test(String(facts!["encoder weights"])));
    }
  }));

Deno.test("a trial whose encoder weights are not there says where to put them", () =>
  withFolder(async (data) => {
    const options = { encoder: "resnet18", encoderWeights: "imagenet" };
    const trial = smallTrial({ network: { name: "fpn", options } });
    const { message } = await assertRejects(() => newSegmenter({ trial, data }), MissingDataError);
    assertStringIncludes(message, join(data, "raw", "encoders", "imagenet.safetensors"));
    assertStringIncludes(message, 'Put weights for the encoder "resnet18" there');
  }));

Deno.test("sceneOptions() refuses what scenes do not have", () => {
  const of = (options: Record<string, string | number>) =>
    sceneOptions({ dataset: { name: "camvid", options } });
  assertEquals(of({ height: 64, width: 96, scale: 0.5 }), { size: [64, 96], scale: 0.5 });
  assertThrows(() => of({ height: 64 }), RangeError, "need the options height and width");
  assertThrows(
    () => of({ height: 64, width: 64, resizeHeight: 90 }),
    RangeError,
    "both resizeHeight and resizeWidth",
  );
  assertThrows(() => of({ height: 64, width: 64, crop: 3 }), RangeError, 'no option "crop"');
  assertThrows(() => of({ height: "64", width: 64 }), RangeError, 'no option "height"');
});
