/** Experiences and replay batches against avalanche-lib 0.6.0's (tests/oracles/continual_streams.py). */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  classIncremental,
  domainIncremental,
  type ExperienceOrder,
  makeScenario,
  permutedPixels,
  Replay,
  type Scenario,
  taskIncremental,
} from "../../lib/continual/mod.ts";
import { type Dataset, makeDataset, memoryImages } from "../../lib/datasets/mod.ts";
import type { HeadMode } from "../../lib/models/mod.ts";
import { smallDataset } from "./small_benchmark.ts";

function read<T>(name: string): T {
  const file = new URL(`../fixtures/continual/${name}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(file));
}

interface Streams {
  train: { images: number[]; labels: number[]; task: number }[];
  test: Streams["train"];
}

/** Images of the size whose bytes are what `byteOf` says of their place and the place of the byte. */
function datasetOf(
  { train, test, classes }: { train: number[]; test: number[]; classes: number },
  size: number,
  byteOf: (image: number, pixel: number) => number,
): Dataset {
  const set = (name: string, labels: number[]) =>
    memoryImages({
      name,
      shape: [1, size, 1],
      pixels: Uint8Array.from(
        labels.flatMap((_, i) => [...Array(size).keys()].map((p) => byteOf(i, p))),
      ),
      labels: Int32Array.from(labels),
    });
  return makeDataset({
    name: "numbered",
    classNames: Array.from({ length: classes }, (_, c) => `class ${c}`),
    train: set("train", train),
    test: set("test", test),
  });
}

/** What the fixtures have of a stream, experience by experience. */
async function streamsOf({ train, test }: Scenario): Promise<Streams> {
  const of = ({ images, tasks, starts }: Scenario["train"]) =>
    Promise.all(
      starts.slice(1).map(async (end, k) => {
        const own = Uint32Array.from({ length: end - starts[k]! }, (_, i) => starts[k]! + i);
        return {
          images: [...await images.read(own)],
          labels: [...own].map((i) => images.labels[i]!),
          task: tasks[own[0]!]!,
        };
      }),
    );
  return { train: await of(train), test: await of(test) };
}

Deno.test("experiences of split classes are avalanche-lib's, image by image", async () => {
  const { splits } = read<{
    splits: ({
      classes: number;
      sizes: number[];
      order: number[];
      train: number[];
      test: number[];
      clean?: Streams;
    } & Record<"class_incremental" | "avalanche", Streams>)[];
  }>("scenarios");
  for (const { sizes, order, clean, ...one } of splits) {
    const dataset = datasetOf(one, 1, (image) => image);
    const options = {
      ...{ experiences: sizes.length, seed: 0, classOrder: order, classesEach: sizes },
      imageOrder: "class",
    } as const;
    const tasks = (headMode: HeadMode) =>
      streamsOf(taskIncremental(dataset, { ...options, headMode }));
    // In avalanche-lib a class-incremental stream is of one task; here a task is an experience.
    const found = await streamsOf(classIncremental(dataset, options));
    const untold = ({ train, test }: Streams) =>
      [train, test].map((each) => each.map(({ images, labels }) => ({ images, labels })));
    assertEquals(untold(found), untold(one.class_incremental));
    assertEquals(found.train.map(({ task }) => task), [...sizes.keys()]);
    assertEquals(await tasks("avalanche"), one.avalanche);
    if (clean === undefined) continue;
    assertEquals(await tasks("clean"), clean);
    assertEquals(untold(await streamsOf(domainIncremental(dataset, options))), untold(clean));
  }
});

Deno.test("permuted experiences are PermutedMNIST's, pixel by pixel", async () => {
  const { permutations, shown, experiences, ...labels } = read<{
    permuted: {
      permutations: number[][];
      train: number[];
      test: number[];
      shown: number[];
      experiences: Record<"train" | "test", { labels: number[]; pixels: number[][] }[]>;
    };
  }>("scenarios").permuted;
  const dataset = datasetOf({ ...labels, classes: 10 }, 784, (i, p) => (31 * i + p) % 256);
  const scenario = permutedPixels(dataset, {
    experiences: permutations.length,
    seed: 0,
    permutations,
    imageOrder: "class",
  });
  for (const which of ["train", "test"] as const) {
    const { images, starts } = scenario[which];
    for (const [k, wanted] of experiences[which].entries()) {
      const own = Uint32Array.from(wanted.labels, (_, i) => starts[k]! + i);
      assertEquals([...own].map((i) => images.labels[i]!), wanted.labels);
      const bytes = await images.read(own);
      const found = wanted.labels.map((_, n) => shown.map((p) => bytes[n * 784 + p]!));
      assertEquals(found, wanted.pixels);
    }
  }
});

Deno.test("Replay's batches hold as many new and remembered images as avalanche-lib's loader gives", async () => {
  const { cases } = read<{
    cases: {
      images: number;
      remembered: number;
      batch: number;
      memoryBatch: number;
      dropLast: boolean;
      epochs: [fresh: number, old: number][][];
    }[];
  }>("replay_batches");
  for (const { images, remembered, batch, memoryBatch, dropLast, epochs } of cases) {
    const orderOf = (index: number, first: number, count: number): ExperienceOrder => ({
      index,
      epochs: 2,
      batchSize: batch,
      dropLast,
      stepsPerEpoch: dropLast ? Math.floor(count / batch) : Math.ceil(count / batch),
      ofEpoch: () => Uint32Array.from({ length: count }, (_, i) => first + i),
      labelOf: () => 0,
      changeOf: (epoch) => ({ augmentation: "none", seed: 0, epoch }),
    });
    const capacity = Math.max(remembered, memoryBatch);
    const replay = new Replay({ seed: 0 }, { mode: "offline", capacity, memoryBatch });
    replay.plans(orderOf(0, 1000, remembered), 0);
    await replay.afterExperience({ index: 0, batches: async function* () {} });
    const batches = [...replay.plans(orderOf(1, 0, images), 0)].map(({ indices }) => [...indices]);
    const perEpoch = batches.length / 2;
    epochs.forEach((wanted, epoch) => {
      const own = batches.slice(epoch * perEpoch, (epoch + 1) * perEpoch);
      const old = own.map((indices) => indices.filter((image) => image >= 1000));
      assertEquals(
        own.map((indices, i) => [indices.length - old[i]!.length, old[i]!.length]),
        wanted,
      );
      // Each pass of an epoch draws each remembered image once at most.
      const perPass = dropLast
        ? Math.floor(remembered / memoryBatch)
        : Math.ceil(remembered / memoryBatch);
      for (let first = 0; perPass > 0 && first < old.length; first += perPass) {
        const pass = old.slice(first, first + perPass).flat();
        assertEquals(new Set(pass).size, pass.length);
      }
    });
    replay.dispose();
  }
});

Deno.test("what cannot be an order, or a share of the classes, is refused", () => {
  const dataset = smallDataset();
  const split = (options: object) =>
    taskIncremental(dataset, { experiences: 2, seed: 0, ...options });
  const refused: [options: object, message: string][] = [
    [{ classOrder: null }, "wanted a list"],
    [{ classOrder: "0123" }, "wanted a list"],
    [{ classOrder: { length: 4 } }, "wanted a list"],
    [{ classOrder: [0, 1, 2, NaN] }, "each of 0 .. 3 once"],
    [{ classOrder: [0, 1, 2, 2.5] }, "each of 0 .. 3 once"],
    [{ classesEach: [1, 2] }, "whose sum is 4"],
    [{ classesEach: [4] }, "2 whole numbers"],
    [{ classesEach: [4, 0] }, "whole numbers from 1"],
    [{ classesEach: [1.5, 2.5] }, "whole numbers from 1"],
    [{ headMode: "many" }, 'no mode of heads "many"'],
    [{ imageOrder: "random" }, 'no order of images "random"'],
  ];
  for (const [options, message] of refused) assertThrows(() => split(options), Error, message);
  assertEquals(split({ classOrder: Uint8Array.of(3, 1, 0, 2) }).experiences, [[3, 1], [0, 2]]);
  assertEquals(
    split({ experiences: 3, classOrder: [3, 1, 0, 2], classesEach: [1, 2, 1] }).classes,
    2,
  );
  const permuted = (permutations: number[][]) => () =>
    permutedPixels(dataset, { experiences: 2, seed: 0, permutations });
  const all = [...Array(16).keys()];
  assertThrows(permuted([all]), RangeError, "2 experiences in 1 ways");
  assertThrows(permuted([all, all.with(3, 4)]), RangeError, "pixels as 0, 1, 2, 4");
  const short = { ...dataset, test: { ...dataset.test, labels: Int32Array.of(0, 1, 2, 3) } };
  assertThrows(
    () => classIncremental(short, { experiences: 2, seed: 0 }),
    RangeError,
    "20 images have 4 labels",
  );
});

Deno.test("makeScenario() orders images as it is told", () => {
  const of = (imageOrder: "dataset" | "class") =>
    makeScenario(smallDataset(), {
      ...{ name: "split", scenario: "class_incremental", experiences: 1, seed: 0 } as const,
      imageOrder,
    }).train.images.labels;
  assert(of("dataset").some((label, i) => label !== i % 4) === false);
  assertEquals(of("class"), of("dataset").toSorted());
});
