/** Batches are the same whoever makes them; workers end, and what goes wrong in them reaches the caller. */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  DamagedDataError,
  type ImageSet,
  memoryImages,
  requestedImages,
  sharedImages,
  subset,
} from "../../lib/datasets/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import {
  InputPipeline,
  orderedBatches,
  train,
  trainingBatches,
  workersFor,
} from "../../lib/training/mod.ts";
import { smallImages, smallNetwork, smallTraining, valuesOf } from "./small_training.ts";

const shape = [8, 6, 3] as const;
const size = 8 * 6 * 3;

/** Random images and their labels, 0 to 4. */
function material(count: number) {
  const random = generator(3, "material");
  const pixels = new Uint8Array(new SharedArrayBuffer(count * size));
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.integer(256);
  return { pixels, labels: Int32Array.from({ length: count }, (_, i) => i % 5) };
}

/** The same images as a set that threads share, as records in a file, and in the memory of this thread. */
async function withSets(
  count: number,
  body: (sets: Record<"shared" | "records" | "plain", ImageSet>, file: string) => Promise<void>,
) {
  const { pixels, labels } = material(count);
  const file = await Deno.makeTempFile();
  await Deno.writeFile(file, pixels.slice());
  const set = { shape, labels };
  await body({
    shared: sharedImages({ ...set, name: "shared", pixels }),
    records: requestedImages({
      ...set,
      name: "records",
      request: (indices) => ({ kind: "records", file, size, indices }),
    }),
    plain: memoryImages({ ...set, name: "plain", pixels: pixels.slice() }),
  }, file);
  await Deno.remove(file);
}

async function allOf(input: InputPipeline): Promise<string[]> {
  const batches: string[] = [];
  try {
    for (let batch = await input.next(); batch; batch = await input.next()) {
      batches.push(`${batch.labels}: ${batch.pixels}`);
    }
  } finally {
    input.close();
  }
  return batches;
}

const training = (changes: Partial<Parameters<typeof trainingBatches>[0]> = {}) =>
  trainingBatches({
    count: 23,
    batchSize: 5,
    augmentation: "crop_flip",
    seed: 4,
    epochs: 3,
    firstStep: 0,
    ...changes,
  });

Deno.test("InputPipeline gives the same batches whatever the number of workers and the kind of set", async () => {
  await withSets(23, async (sets) => {
    const wanted = await allOf(new InputPipeline(sets.plain, training()));
    assertEquals(wanted.length, 15);
    assertEquals(new Set(wanted).size, 15);
    for (const images of [sets.shared, sets.records]) {
      for (const workers of [0, images === sets.shared ? 3 : 1]) {
        assertEquals(await allOf(new InputPipeline(images, training(), { workers })), wanted);
      }
    }
  });
});

Deno.test("InputPipeline from any step on gives the batches that follow it", async () => {
  await withSets(23, async ({ shared }) => {
    const whole = await allOf(new InputPipeline(shared, training(), { workers: 2 }));
    for (const firstStep of [4, 7, 15]) {
      const rest = await allOf(
        new InputPipeline(shared, training({ firstStep }), { workers: 2 }),
      );
      assertEquals(rest, whole.slice(firstStep), `from step ${firstStep}`);
    }
  });
});

Deno.test("InputPipeline reads the images of a subset, in their order", async () => {
  await withSets(23, async ({ shared, plain }) => {
    for (const workers of [0, 2]) {
      const input = new InputPipeline(subset(shared, 7), orderedBatches(7, 3), { workers });
      const indices = [[0, 1, 2], [3, 4, 5], [6]];
      const wanted = indices.map((some) => `${some.map((i) => i % 5)}: ${plain.read(some)}`);
      assertEquals(await allOf(input), wanted);
    }
  });
});

Deno.test("trainingBatches() draws each epoch's order from seed and epoch, and changes by sample", () => {
  const plans = [...training()];
  for (const epoch of [0, 1, 2]) {
    const order = generator(4, "order", epoch).permutation(23);
    const taken = plans.slice(5 * epoch, 5 * epoch + 5);
    assertEquals(taken.flatMap(({ indices }) => [...indices]), [...order]);
    const change = { augmentation: "crop_flip", seed: 4, epoch } as const;
    assertEquals(taken.map((plan) => plan.change), taken.map(() => change));
  }
  assertNotEquals([...training({ seed: 5 })], plans);
});

Deno.test("InputPipeline does not run further ahead than two batches per worker", async () => {
  await withSets(23, async ({ shared }) => {
    let drawn = 0;
    function* counted() {
      for (const plan of training({ epochs: 1000 })) {
        drawn++;
        yield plan;
      }
    }
    const input = new InputPipeline(shared, counted(), { workers: 2 });
    for (let taken = 1; taken <= 10; taken++) {
      await input.next();
      assert(drawn - taken <= 4, `${drawn} drawn, ${taken} taken`);
    }
    input.close();
    await assertRejects(
      async () => {
        while (await input.next() !== undefined);
      },
      Error,
      "closed",
    );
  });
});

for (const workers of [0, 2]) {
  Deno.test(`InputPipeline names the file that ends too early, with ${workers} workers`, async () => {
    await withSets(23, async ({ records }, file) => {
      await Deno.truncate(file, 10 * size);
      const input = new InputPipeline(records, orderedBatches(23, 4), { workers });
      const error = await assertRejects(() => allOf(input), DamagedDataError, "before image 10");
      assertEquals(error.file, file);
    });
  });

  Deno.test(`InputPipeline says that a file is gone, with ${workers} workers`, async () => {
    const images = requestedImages({
      name: "gone",
      shape,
      labels: new Int32Array(4),
      request: (indices) => ({ kind: "records", file: "/nowhere/images.bytes", size, indices }),
    });
    const input = new InputPipeline(images, orderedBatches(4, 4), { workers });
    await assertRejects(() => allOf(input), Error, "/nowhere/images.bytes");
  });
}

Deno.test("InputPipeline never reads past a set that reads in a way of its own", async () => {
  await withSets(23, async ({ shared }) => {
    const darker: ImageSet = {
      ...shared,
      read: (indices) => (shared.read(indices) as Uint8Array).map((byte) => byte >> 1),
    };
    const wanted = `0,1: ${darker.read([0, 1])}`;
    const input = new InputPipeline(darker, orderedBatches(2, 2), { workers: 2 });
    assertEquals(await allOf(input), [wanted]);
  });
});

Deno.test("workersFor() takes none for a set of this thread or a mere copy, one for changes and files", async () => {
  await withSets(5, async ({ plain, shared, records }) => {
    await Promise.resolve();
    assertEquals([workersFor(plain, "crop_flip"), workersFor(shared)], [0, 0]);
    assertEquals([workersFor(shared, "flip"), workersFor(records)], [1, 1]);
  });
});

/** The small images where other threads can read them. */
function sharedSmallImages(): ImageSet {
  const { name, shape, labels, count, read } = smallImages();
  const bytes = read.call({ name, count } as ImageSet, Array.from(labels.keys())) as Uint8Array;
  const pixels = new Uint8Array(new SharedArrayBuffer(bytes.length));
  pixels.set(bytes);
  return sharedImages({ name, shape, labels, pixels });
}

Deno.test("train() gives the same weights with workers, also when it is stopped within an epoch and resumed", async () => {
  const run = async (workers: number, stopAfter?: number) => {
    const folder = await Deno.makeTempDir();
    const checkpoint = { file: `${folder}/checkpoint.safetensors`, everySeconds: 1000 };
    let network = smallNetwork();
    const images = sharedSmallImages();
    const options = { images, workers, checkpoint };
    if (stopAfter !== undefined) {
      const abort = new AbortController();
      await train(smallTraining(network, {
        ...options,
        signal: abort.signal,
        onStep: (step) => step === stopAfter && abort.abort(),
      }));
      network.dispose();
      network = smallNetwork("lenet", 99);
    }
    const { epochs } = await train(smallTraining(network, options));
    const values = await valuesOf(network);
    network.dispose();
    await Deno.remove(folder, { recursive: true });
    return { losses: epochs.map(({ loss }) => loss), values };
  };
  const wanted = await run(0);
  assertEquals(await run(3), wanted);
  assertEquals(await run(2, 70), wanted);
});
