import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  loadDataset,
  makeDataset,
  memoryImages,
  MissingDataError,
  readPixels,
  subset,
  unknownSets,
} from "../../lib/datasets/mod.ts";

Deno.test("unknownSets() of MNIST are the seven of section 5.1, in its order", async () => {
  const mnist = await loadDataset("mnist");
  assertEquals(unknownSets(mnist, { seed: 1 }).map(({ name }) => name), [
    "omniglot",
    "fashion_mnist",
    "kmnist",
    "blobs",
    "uniform",
    "permuted",
    "phase",
  ]);
});

Deno.test("unknownSets() hold 10000 images by default, or as many as asked for", async () => {
  const mnist = await loadDataset("mnist");
  for (const [options, expected] of [[{}, 10_000], [{ count: 30 }, 30]] as const) {
    for (const set of unknownSets(mnist, { ...options, seed: 1 }).slice(3)) {
      const images = await set.load();
      assertEquals([images.name, images.count], [set.name, expected]);
      assertEquals(images.shape, [28, 28, 1]);
      assertEquals(images.labels, new Int32Array(expected).fill(-1));
      const last = await readPixels(images, [expected - 1]);
      assert(last.length === 784 && last.every((value) => value >= 0 && value <= 1));
    }
  }
});

Deno.test("unknownSets() made from test images have no more images than there are", async () => {
  const mnist = await loadDataset("mnist");
  const few = makeDataset({ ...mnist, test: subset(mnist.test, 25) });
  const counts = await Promise.all(
    unknownSets(few, { seed: 1, count: 100 }).slice(3).map(async ({ load }) =>
      (await load()).count
    ),
  );
  assertEquals(counts, [100, 100, 25, 25]);
});

Deno.test("unknownSets() that are not on this machine say what to do", async () => {
  const data = await Deno.makeTempDir();
  try {
    const sets = unknownSets(await loadDataset("mnist"), { seed: 1, data });
    for (const name of ["omniglot", "kmnist"]) {
      const { load } = sets.find((set) => set.name === name)!;
      const error = await assertRejects(load, MissingDataError);
      assert(error.dataset === name && error.whatToDo.length > 0);
    }
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("unknownSets() take the test images of other sets, without their labels", async () => {
  const mnist = await loadDataset("mnist");
  const asFashion = { ...mnist, name: "fashion_mnist" };
  const { load } = unknownSets(asFashion, { seed: 1, count: 12 }).find((s) => s.name === "mnist")!;
  const images = await load();
  assertEquals([images.name, images.count, images.labels[0]], ["mnist", 12, -1]);
  assertEquals(await images.read([3]), await mnist.test.read([3]));
  assertThrows(() => images.read([12]), RangeError);
});

Deno.test("unknownSets() reject sets whose images have another shape", async () => {
  const tiny = memoryImages({
    name: "tiny",
    shape: [2, 2, 1],
    pixels: new Uint8Array(4),
    labels: Int32Array.of(0),
  });
  const dataset = makeDataset({ name: "kmnist", classNames: ["a"], train: tiny, test: tiny });
  const sets = unknownSets(dataset, { seed: 1, count: 1 });
  await assertRejects(
    () => sets.find(({ name }) => name === "mnist")!.load(),
    TypeError,
    "28,28,1",
  );
});

Deno.test("unknownSets() of a data set that the paper does not have are the four synthetic ones", () => {
  const tiny = memoryImages({ name: "t", shape: [2, 2, 3], pixels: new Uint8Array(12) });
  const train = { ...tiny, labels: Int32Array.of(0) };
  const dataset = makeDataset({ name: "toy", classNames: ["a"], train, test: train });
  assertEquals(
    unknownSets(dataset, { seed: 1 }).map(({ name }) => name),
    ["blobs", "uniform", "permuted", "phase"],
  );
});
