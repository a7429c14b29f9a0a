import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { serveFile } from "./loopback.ts";
import { npy } from "./npy_bytes.ts";
import { mnistCorruptions } from "../../lib/corruptions/mod.ts";
import {
  corruptedSets,
  DamagedDataError,
  dataSource,
  DownloadError,
  downloadSource,
  findMnistC,
  loadDataset,
  makeDataset,
  memoryImages,
  MissingDataError,
  MNIST_C,
  mnistC,
  type MnistCSource,
  sourceState,
  subset,
} from "../../lib/datasets/mod.ts";
import { withFolder } from "../with_folder.ts";

const mnist = await loadDataset("mnist");
// five images of each of identity, fog and shear: tests/oracles/mnist_c_archive.py, NumPy 2.4.6
const small = Deno.readFileSync(new URL("../fixtures/datasets/mnist_c.zip", import.meta.url));
const sha256 = createHash("sha256").update(small).digest("hex");
const source: MnistCSource = {
  ...MNIST_C,
  files: [{ ...MNIST_C.files[0], bytes: small.length, sha256 }],
};
// where its archive is unpacked
const UNPACKED = "mnist_c.zip.unpacked/mnist_c";

Deno.test("mnistC() corrupts every image by its own field, whatever is read with it", async () => {
  for (const name of Object.keys(mnistCorruptions)) {
    const set = mnistC(mnist.test, name, { seed: 3 });
    assertEquals([set.name, set.count, set.shape], [name, 10_000, [28, 28, 1]]);
    assertEquals(set.labels, mnist.test.labels);
    const together = await set.read([5, 9999, 5, 17]);
    const alone = [await set.read([5]), await set.read([9999]), await set.read([5])];
    alone.forEach((image, i) => assertEquals(image, together.subarray(i * 784, (i + 1) * 784)));
    assertEquals(
      await mnistC(subset(mnist.test, 20), name, { seed: 3 }).read([17]),
      together.slice(3 * 784),
    );
    assert(String(alone[0]) !== String(await mnist.test.read([5])), `${name} changes nothing`);
  }
});

Deno.test("mnistC() depends on the seed where something is random, and takes options", async () => {
  for (const [name, isRandom] of [["fog", true], ["spatter", true], ["stripe", false]] as const) {
    const [a, b] = [mnistC(mnist.test, name, { seed: 1 }), mnistC(mnist.test, name, { seed: 2 })];
    assertEquals(String(await a.read([0, 1])) !== String(await b.read([0, 1])), isRandom, name);
  }
  const weak = await mnistC(mnist.test, "brightness", { seed: 1, severity: 1 }).read([0]);
  // 0 + 25.5, halves to even, or cut
  assertEquals(weak[0], 26);
  const options = { seed: 1, severity: 1, rounding: "truncate" } as const;
  assertEquals((await mnistC(mnist.test, "brightness", options).read([0]))[0], 25);
});

Deno.test("mnistC() refuses corruptions, images and indices that there are not", async () => {
  for (const name of ["identity", "frost", "toString"]) {
    assertThrows(() => mnistC(mnist.test, name, { seed: 1 }), RangeError, "shot_noise, impulse");
  }
  const colour = memoryImages({
    name: "c",
    shape: [28, 28, 3],
    pixels: new Uint8Array(28 * 28 * 3),
  });
  assertThrows(() => mnistC(colour, "fog", { seed: 1 }), TypeError, "[28,28,1]");
  for (const severity of [0, 6, NaN]) {
    assertThrows(() => mnistC(mnist.test, "fog", { seed: 1, severity }), RangeError, "1 .. 5");
  }
  assertThrows(() => mnistC(mnist.test, "fog", { seed: 0.5 }), RangeError, "0.5");
  const set = mnistC(subset(mnist.test, 3), "fog", { seed: 1 });
  await assertRejects(async () => await set.read([3]), RangeError, "0 .. 2");
  assertEquals(await set.read([]), new Uint8Array(0));
});

Deno.test("findMnistC() reads the published archive, by its hash, and unpacks only the test halves", () =>
  withFolder(async (folder) => {
    assertEquals(await findMnistC(source, { folder: `${folder}/nowhere` }), undefined);
    assertEquals(await findMnistC(source, { folder }), undefined);
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    for (let time = 0; time < 2; time++) {
      const found = (await findMnistC(source, { folder }))!;
      const [fog, shear] = await Promise.all([found.load("fog"), found.load("shear")]);
      // int64 and byte labels, images with and without the last axis
      assertEquals([fog.name, fog.count, fog.shape], ["fog", 5, [28, 28, 1]]);
      assertEquals([fog.labels, shear.labels], [
        Int32Array.of(1, 2, 3, 4, 5),
        Int32Array.of(2, 3, 4, 5, 6),
      ]);
      for (const [k, set] of [[1, fog], [2, shear]] as const) {
        const wanted = Uint8Array.from({ length: 784 }, (_, i) => 7 * k + 3 * 4 + i);
        assertEquals(await set.read([4]), wanted);
      }
      const missing = await assertRejects(() => found.load("zigzag"), MissingDataError);
      assert(missing.dataset === "mnist_c" && missing.message.includes("zigzag"));
      assert(missing.whatToDo.includes("mnist_c.zip"));
    }
    const unpacked = Array.from(Deno.readDirSync(`${folder}/${UNPACKED}/fog`));
    assertEquals(unpacked.map(({ name }) => name).sort(), ["test_images.npy", "test_labels.npy"]);
    // and again without the archive
    await Deno.remove(`${folder}/mnist_c.zip`);
    assertEquals((await (await findMnistC(source, { folder }))!.load("shear")).count, 5);
  }));

Deno.test("findMnistC() does not use an archive that is not the official one", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    const other = await findMnistC(MNIST_C, { folder });
    await assertRejects(() => other!.load("fog"), DamagedDataError, "instead of 246661575");
    await Deno.writeFile(`${folder}/mnist_c.zip`, small.with(200, small[200]! ^ 1));
    const changed = await findMnistC(source, { folder });
    await assertRejects(() => changed!.load("fog"), DamagedDataError, "SHA-256");
    assertEquals(Array.from(Deno.readDirSync(folder)).length, 1, "something was unpacked");
  }));

Deno.test("findMnistC() reads folders that the user unpacked, as they are or within mnist_c/", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    await (await findMnistC(source, { folder }))!.load("fog");
    for (const within of ["", "/mnist_c"]) {
      const own = `${folder}/own${within}`;
      await Deno.mkdir(own, { recursive: true });
      await Deno.rename(`${folder}/${UNPACKED}/fog`, `${own}/fog`);
      const found = await findMnistC(source, { folder: `${folder}/own` });
      assertEquals((await found!.load("fog")).count, 5);
      await Deno.rename(`${own}/fog`, `${folder}/${UNPACKED}/fog`);
    }
  }));

Deno.test("findMnistC() takes the archive where only some of its folders lie beside it", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    await (await findMnistC(source, { folder }))!.load("fog");
    await Deno.rename(`${folder}/${UNPACKED}/fog`, `${folder}/fog`);
    await Deno.remove(`${folder}/mnist_c.zip.unpacked`, { recursive: true });
    assertEquals((await (await findMnistC(source, { folder }))!.load("shear")).count, 5);
  }));

Deno.test("findMnistC() names files that are cut short or of another form", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    await (await findMnistC(source, { folder }))!.load("fog");
    const fog = `${folder}/fog`;
    await Deno.rename(`${folder}/${UNPACKED}/fog`, fog);
    const [images, labels] = [`${fog}/test_images.npy`, `${fog}/test_labels.npy`];
    const [imageBytes, labelBytes] = [await Deno.readFile(images), await Deno.readFile(labels)];
    await Deno.remove(`${folder}/mnist_c.zip`);
    const attempt = async () => await (await findMnistC(MNIST_C, { folder }))!.load("fog");
    const floats = npy("<f4", [5], new Uint8Array(Float32Array.of(1, 2, 3, 3.5, 4).buffer));
    const wide = npy(
      "<i8",
      [5],
      new Uint8Array(BigInt64Array.of(1n, 2n, 3n, 2n ** 32n, 4n).buffer),
    );
    const cases: [file: string, bytes: Uint8Array, message: string][] = [
      [images, imageBytes.subarray(0, -1), "wanted 3920 bytes, got 3919"],
      [images, new TextEncoder().encode("<html>not found</html>"), "Cannot read .npy data"],
      [images, labelBytes, "wanted bytes [N, 28, 28, 1], it has <i8 [5]"],
      [labels, imageBytes, "wanted 5 labels"],
      // the last label becomes 5 + 10 = 15
      [labels, labelBytes.with(-8, 15), "15 among them"],
      [labels, floats, "3.5 among them"],
      // 2^32, whose lower 32 bits are a digit
      [labels, wide, "4294967296 among them"],
      [images, npy("|u1", [0, 28, 28, 1], new Uint8Array(0)), "|u1 [0, 28, 28, 1]"],
    ];
    for (const [file, bytes, message] of cases) {
      await Deno.writeFile(images, imageBytes);
      await Deno.writeFile(labels, labelBytes);
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(attempt, DamagedDataError);
      assertEquals(error.file, file);
      assert(error.message.includes(message), error.message);
      assert(error.message.includes("mnist_c.zip"), error.message);
    }
    await Deno.writeFile(images, imageBytes);
    await Deno.remove(labels);
    await assertRejects(attempt, MissingDataError, "test_labels.npy");
  }));

Deno.test("findMnistC() finds nothing where a file has the folder's name", () =>
  withFolder(async (data) => {
    await Deno.mkdir(`${data}/raw`);
    await Deno.writeTextFile(`${data}/raw/mnist_c`, "");
    assertEquals(await findMnistC(source, { data }), undefined);
  }));

Deno.test("sourceState() takes the folders of all 15 sets for the archive, and no fewer", () =>
  withFolder(async (folder) => {
    const state = async () => (await sourceState(MNIST_C, { folder })).state;
    for (const name of Object.keys(mnistCorruptions)) {
      assertEquals(await state(), "missing");
      await Deno.mkdir(`${folder}/mnist_c/${name}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/mnist_c/${name}/test_images.npy`, "");
      assertEquals(await state(), "missing");
      await Deno.writeTextFile(`${folder}/mnist_c/${name}/test_labels.npy`, "");
    }
    assertEquals(await state(), "present");
  }));

Deno.test("the published MNIST-C is downloaded, checked by its hash, unpacked and read", () =>
  withFolder(async (data) => {
    const server = serveFile(small);
    try {
      const [file] = source.files;
      const urls = [`${server.address}/mnist_c.zip`];
      const served: MnistCSource = { ...source, files: [{ ...file, urls }] };
      const other: MnistCSource = { ...served, files: [{ ...file, urls, sha256: "0".repeat(64) }] };
      await assertRejects(() => downloadSource(other, { data }), DownloadError, "SHA-256");
      assertEquals(await findMnistC(served, { data }), undefined);
      await downloadSource(served, { data });
      const fog = await (await findMnistC(served, { data }))!.load("fog");
      assertEquals([fog.count, fog.labels[0]], [5, 1]);
    } finally {
      await server.close();
    }
  }));

Deno.test("dataSources have the published MNIST-C, so that it can be downloaded", () => {
  assertEquals(dataSource("mnist_c"), MNIST_C);
});

Deno.test("corruptedSets() of MNIST are the 15 of MNIST-C, made here where no archive is", () =>
  withFolder(async (data) => {
    const few = makeDataset({ ...mnist, test: subset(mnist.test, 30) });
    const sets = await corruptedSets(few, { seed: 0, data });
    assertEquals(sets.map(({ name }) => name), Object.keys(mnistCorruptions));
    assertEquals(new Set(sets.map(({ source }) => source)), new Set(["generated"]));
    for (const { name, title, load } of sets) {
      const images = await load();
      assertEquals([images.name, images.count], [name, 30]);
      assertEquals(images.labels, few.test.labels);
      assertEquals((await images.read([29])).length, 784);
      assertEquals(title[0], title[0]!.toUpperCase());
    }
  }));

Deno.test("corruptedSets() are the published ones where they are, with no more images than the test set", () =>
  withFolder(async (data) => {
    const folder = `${data}/raw/mnist_c`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/mnist_c.zip`, small);
    await (await findMnistC(source, { folder }))!.load("fog");
    await Deno.rename(`${folder}/${UNPACKED}`, `${folder}/mnist_c`);
    await Deno.remove(`${folder}/mnist_c.zip`);
    const few = makeDataset({ ...mnist, test: subset(mnist.test, 2) });
    for (const [dataset, count] of [[mnist, 5], [few, 2]] as const) {
      const sets = await corruptedSets(dataset, { seed: 0, data });
      assertEquals(sets.length, 15);
      assertEquals(new Set(sets.map(({ source }) => source)), new Set(["published"]));
      const [fog, zigzag] = ["fog", "zigzag"].map((name) => sets.find((s) => s.name === name)!);
      const images = await fog!.load();
      assertEquals([images.count, images.labels.length, images.labels[1]], [count, count, 2]);
      await assertRejects(() => zigzag!.load(), MissingDataError);
    }
  }));

Deno.test("corruptedSets() of a data set without any are none", async () => {
  assertEquals(await corruptedSets({ ...mnist, name: "kmnist" }, { seed: 0 }), []);
});
