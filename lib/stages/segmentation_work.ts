import { dirname, join } from "node:path";
import sharp from "sharp";
import {
  describeOrigin,
  ignoreLabel,
  type Scene,
  type SceneDataset,
  type SceneSet,
  splitViews,
  testViews,
} from "../datasets/mod.ts";
import { ConfusionMatrix, intersectionOverUnion, pixelAccuracy } from "../evaluation/mod.ts";
import { imagesFromBytes, predictPixels } from "../training/mod.ts";
import type { Facts, ResultRow } from "../trials/mod.ts";
import type { SceneOptions } from "./scene_options.ts";
import { trainedSegmenter } from "./segmenter.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/** IoU and pixel accuracy over the whole test set (section 5.4), scene by scene. */
export async function measureSegmentation(context: MeasureContext): Promise<Measurements> {
  const { stage, weights, advance } = context;
  const { network, dataset, options, prepare, facts } = await trainedSegmenter(context);
  const { test, classes, classNames } = dataset;
  const matrix = new ConfusionMatrix(classes, { ignoreLabel });
  const shown = evenlySpaced(Number(stage.settings.shown), test.count);
  const predict = predictPixels(network, { prepare });
  try {
    for (let i = 0; i < test.count; i++) {
      advance(i / test.count, `scene ${i + 1}/${test.count}`);
      const scene = await testScene(test, i, options);
      const images = imagesFromBytes(scene.pixels, [1, scene.height, scene.width, 3]);
      const predicted = await predict(images).finally(() => images.dispose());
      matrix.add(scene.labels, predicted);
      const place = shown.indexOf(i);
      if (place >= 0) {
        await keepPictures(dirname(weights.file), place, { scene, predicted, dataset });
      }
    }
  } finally {
    predict.dispose();
  }
  const origin = describeOrigin(test);
  const { mean, perClass, absent } = intersectionOverUnion(matrix);
  const all: Facts = {
    ...(origin !== undefined && { test_images: origin }),
    ...facts,
    "test scenes": test.count,
    "shown scenes": shown.join(" "),
    ...(absent.length > 0 && {
      "classes nowhere in the test": absent.map((c) => classNames[c]!).join(", "),
    }),
    ...(options.resize && { "tested at": options.resize.join("x") }),
  };
  const rows: ResultRow[] = [
    { metric: "mean_iou", value: mean },
    { metric: "pixel_accuracy", value: pixelAccuracy(matrix) },
    ...perClass.flatMap((value, c) =>
      Number.isNaN(value) ? [] : [{ metric: "iou", value, at: { class: c } }]
    ),
  ];
  return { rows: rows.map((row) => ({ dataset: "test", ...row })), facts: all };
}

/** A test scene at the size in which it is tested. */
async function testScene(
  test: SceneSet,
  index: number,
  { resize }: SceneOptions,
): Promise<Pick<Scene, "height" | "width" | "pixels"> & { labels: ArrayLike<number> }> {
  if (resize === undefined) return await test.read(index);
  const [height, width] = resize;
  const views = testViews(test, { size: resize, resize });
  return { height, width, ...splitViews(await views.read(Uint32Array.of(index))) };
}

/** So many of the numbers from 0 to count - 1, the first among them. */
function evenlySpaced(wanted: number, count: number): number[] {
  const shown = Math.min(wanted, count);
  return Array.from({ length: shown }, (_, i) => Math.floor(i * count / shown));
}

/**
 * Keeps a scene beside the weights as three pictures, the image, and label maps of truth and answer, a byte a pixel; and what
 * the labels stand for.
 */
async function keepPictures(
  folder: string,
  place: number,
  { scene: { height, width, pixels, labels }, predicted, dataset }: {
    scene: Awaited<ReturnType<typeof testScene>>;
    predicted: Int32Array;
    dataset: SceneDataset;
  },
): Promise<void> {
  const scenes = join(folder, "scenes");
  await Deno.mkdir(scenes, { recursive: true });
  const write = async (name: string, bytes: Uint8Array, channels: 1 | 3) => {
    const picture = sharp(bytes, { raw: { width, height, channels } });
    const png = await (channels === 1 ? picture.toColourspace("b-w") : picture).png().toBuffer();
    await Deno.writeFile(join(scenes, `${place}_${name}.png`), png);
  };
  await write("image", pixels, 3);
  await write("truth", Uint8Array.from(labels), 1);
  await write("predicted", Uint8Array.from(predicted), 1);
  const { classNames, colours } = dataset;
  const classes = classNames.map((name, c) => ({ name, colour: colours[c] }));
  await Deno.writeTextFile(join(scenes, "classes.json"), JSON.stringify(classes) + "\n");
}
