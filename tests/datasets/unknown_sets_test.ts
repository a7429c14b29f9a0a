import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Dataset,
  type ImageShape,
  loadDataset,
  makeDataset,
  memoryImages,
  MissingDataError,
  presentSets,
  readPixels,
  subset,
  type UnknownChoices,
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

/** A data set of that name and shape, of one black image. */
function blackDataset(name: string, shape: ImageShape): Dataset {
  const pixels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const images = memoryImages({ name, shape, pixels, labels: Int32Array.of(0) });
  return makeDataset({ name, classNames: ["a"], train: images, test: images });
}

Deno.test("unknownSets() of every data set of the paper are three of other classes and the four that are made", async () => {
  const photographs = ["textures", "inaturalist", "imagenet_o"];
  const expected: [string, ImageShape, string[]][] = [
    ["cifar10", [32, 32, 3], ["textures", "svhn", "cifar100"]],
    ["cifar100", [32, 32, 3], ["textures", "svhn", "cifar10"]],
    ["tiny_imagenet", [64, 64, 3], photographs],
    ["imagenet", [224, 224, 3], photographs],
  ];
  const data = await Deno.makeTempDir();
  try {
    for (const [name, shape, others] of expected) {
      const sets = unknownSets(blackDataset(name, shape), { seed: 1, count: 1, data });
      assertEquals(sets.map((set) => set.name), [
        ...others,
        "blobs",
        "uniform",
        "permuted",
        "phase",
      ]);
      for (const set of sets.slice(0, 3)) {
        const error = await assertRejects(set.load, MissingDataError);
        assertEquals(error.dataset, set.name);
        assertStringIncludes(error.message, `deno task data download ${set.name}`);
      }
      for (const set of sets.slice(3)) assertEquals((await set.load()).shape, shape);
    }
    // looking and loading bring nothing
    assertEquals(Array.from(Deno.readDirSync(data)), []);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("unknownSets() take what the paper leaves open as choices", async () => {
  const mnist = await loadDataset("mnist");
  const load = async (name: string, choices: UnknownChoices) => {
    const sets = unknownSets(mnist, { seed: 1, count: 2, choices });
    return await readPixels(await sets.find((set) => set.name === name)!.load(), [0, 1]);
  };
  const changes: [string, UnknownChoices][] = [
    ["blobs", { blobs: { sigma: 2 } }],
    ["uniform", { uniform: { values: "bytes" } }],
    ["permuted", { permuted: { permutation: "shared" } }],
    ["phase", { phase: { phases: "independent" } }],
  ];
  for (const [name, choices] of changes) {
    const [changed, usual] = [await load(name, choices), await load(name, {})];
    assertEquals(changed.length, usual.length);
    assert(changed.some((value, i) => value !== usual[i]), name);
  }
});

Deno.test("presentSets() are those whose files are there, and those that are made", async () => {
  const data = await Deno.makeTempDir();
  try {
    const before = await presentSets({ data });
    for (const name of ["mnist", "blobs", "phase"]) assert(before.has(name), name);
    for (const name of ["omniglot", "svhn", "imagenet_o"]) assert(!before.has(name), name);
    // a file of another length is none of it
    await Deno.mkdir(`${data}/raw/svhn`, { recursive: true });
    await Deno.writeTextFile(`${data}/raw/svhn/test_32x32.mat`, "half");
    assert(!(await presentSets({ data })).has("svhn"));
    await Deno.truncate(`${data}/raw/svhn/test_32x32.mat`, 64_275_384);
    await Deno.mkdir(`${data}/raw/imagenet_o/imagenet-o`, { recursive: true });
    const after = await presentSets({ data });
    assert(after.has("svhn"));
    // a folder that has not its images is no copy
    assert(!after.has("imagenet_o"));
    // what was decoded of an archive, and copies in the form that the loaders take
    const decoded = `${data}/raw/tiny_imagenet/tiny-imagenet-200.zip.images`;
    await Deno.mkdir(decoded, { recursive: true });
    assert(!(await presentSets({ data })).has("tiny_imagenet"));
    await Deno.writeTextFile(`${decoded}/set.json`, "{}");
    assert((await presentSets({ data })).has("tiny_imagenet"));
    const imagenet = `${data}/raw/imagenet`;
    await Deno.mkdir(`${imagenet}/train/n01440764`, { recursive: true });
    await Deno.mkdir(`${imagenet}/val`);
    // without folders of classes the labels are in the development kit
    await Deno.writeTextFile(`${imagenet}/val/ILSVRC2012_val_00000001.JPEG`, "");
    assert(!(await presentSets({ data })).has("imagenet"));
    await Deno.writeTextFile(`${imagenet}/ILSVRC2012_devkit_t12.tar.gz`, "");
    // Of nothing nothing can be read.
    assert(!(await presentSets({ data })).has("imagenet"));
    await Deno.writeTextFile(`${imagenet}/ILSVRC2012_devkit_t12.tar.gz`, "some");
    assert((await presentSets({ data })).has("imagenet"));
    await Deno.remove(`${imagenet}/ILSVRC2012_devkit_t12.tar.gz`);
    await Deno.mkdir(`${imagenet}/val/n01440764`);
    assert((await presentSets({ data })).has("imagenet"));
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
