import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  DamagedDataError,
  datasetNames,
  loadDataset,
  loadTestSet,
  MissingDataError,
} from "../../lib/datasets/mod.ts";
import { MNIST } from "../../lib/datasets/mnist.ts";
import { readOfficialFile } from "../../lib/datasets/official_file.ts";

const PACKAGE = MNIST.installed!.folder()!;
const IMAGES = "t10k-images-idx3-ubyte", LABELS = "t10k-labels-idx1-ubyte";

/** Runs `use` with an empty folder, which is removed afterwards. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts MNIST's test files into a folder; `change` says what becomes of each. */
async function putTestFiles(
  folder: string,
  change: (bytes: Uint8Array, name: string) => Uint8Array = (bytes) => bytes,
  extension = "",
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of [IMAGES, LABELS]) {
    const bytes = change(await Deno.readFile(`${PACKAGE}/${name}`), name);
    await Deno.writeFile(`${folder}/${name}${extension}`, bytes);
  }
}

Deno.test("loadDataset() loads the MNIST that comes with the project", async () => {
  const { name, classes, classNames, imageShape, train, test } = await loadDataset("mnist");
  assertEquals([name, classes, classNames[9], imageShape], ["mnist", 10, "9", [28, 28, 1]]);
  assertEquals([train.count, test.count], [60_000, 10_000]);
  // the first labels and the number of images per class: common knowledge of MNIST
  assertEquals([...train.labels.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  assertEquals([...test.labels.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  const counts = new Array<number>(10).fill(0);
  train.labels.forEach((label) => counts[label]!++);
  assertEquals(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  // the mean and standard deviation in common use for normalising MNIST: 0.1307 and 0.3081
  const pixels = await train.read(Uint32Array.from({ length: 60_000 }, (_, i) => i));
  let sum = 0, squares = 0;
  for (const byte of pixels) {
    sum += byte / 255;
    squares += (byte / 255) ** 2;
  }
  const mean = sum / pixels.length;
  assertEquals(mean.toFixed(4), "0.1307");
  assertEquals(Math.sqrt(squares / pixels.length - mean ** 2).toFixed(4), "0.3081");
});

Deno.test("the contents that are accepted as MNIST have the official MD5", async () => {
  const md5 = async (name: string) =>
    createHash("md5").update(await Deno.readFile(`${PACKAGE}/${name}`)).digest("hex");
  // the sums of the unpacked files in public use
  assertEquals(await md5(IMAGES), "2646ac647ad5339dbf082846283269ea");
  assertEquals(await md5(LABELS), "27ae3e4e09519cfbb04c329615203637");
  assertEquals(await md5("train-images-idx3-ubyte"), "6bbc9ace898e44ae57da46a324031adb");
  assertEquals(await md5("train-labels-idx1-ubyte"), "a25bea736e30d166cdddb491f175f624");
});

Deno.test("loadTestSet() takes a folder of the user's own, packed or unpacked", async () => {
  const { labels } = await loadTestSet("mnist");
  await inFolder(async (folder) => {
    await putTestFiles(folder);
    assertEquals((await loadTestSet("mnist", { folder })).labels, labels);
    // the training files are not there
    const error = await assertRejects(() => loadDataset("mnist", { folder }), MissingDataError);
    assertStringIncludes(
      error.message,
      "train-images-idx3-ubyte.gz, packed or unpacked, is not in",
    );
  });
  await inFolder(async (folder) => {
    // packed anew, so that the packed file is not the official one but its contents are
    await putTestFiles(folder, (bytes) => gzipSync(bytes, { level: 1 }), ".gz");
    assertEquals((await loadTestSet("mnist", { folder })).labels, labels);
  });
});

Deno.test("loadTestSet() prefers raw/<name> of the data folder to what is installed", async () => {
  await inFolder(async (data) => {
    assertEquals((await loadTestSet("mnist", { data })).count, 10_000);
    await putTestFiles(`${data}/raw/mnist`, (bytes) => bytes.subarray(0, 5000));
    await assertRejects(() => loadTestSet("mnist", { data }), DamagedDataError, "raw/mnist");
  });
});

Deno.test("loadTestSet() never uses a damaged, short, long or wrong file", async () => {
  const damages: [string, (bytes: Uint8Array) => Uint8Array, string, string][] = [
    ["one bit flipped", (bytes) => bytes.map((b, i) => i === 9000 ? b ^ 1 : b), "", "damaged"],
    ["cut short", (bytes) => bytes.subarray(0, -1), "", "10007 bytes instead of 10008"],
    ["too long", (bytes) => new Uint8Array([...bytes, 0]), "", "10009 bytes instead of 10008"],
    ["empty", () => new Uint8Array(), "", "0 bytes instead of 10008"],
    ["packed and flipped", (bytes) => gzipSync(bytes.with(20, 77)), ".gz", "damaged"],
    ["packed and cut short", (bytes) => gzipSync(bytes).subarray(0, -9), ".gz", "does not unpack"],
    ["not packed at all", (bytes) => bytes.with(20, 77), ".gz", "damaged"],
  ];
  for (const [, damage, extension, reason] of damages) {
    await inFolder(async (folder) => {
      await putTestFiles(folder, (bytes, name) => {
        const damaged = name === LABELS ? damage(bytes) : bytes;
        return extension === "" || name === LABELS ? damaged : gzipSync(damaged, { level: 1 });
      }, extension);
      const error = await assertRejects(() => loadTestSet("mnist", { folder }), DamagedDataError);
      assertEquals(error.file, `${folder}/${LABELS}${extension}`);
      for (const part of [error.file, reason, "SHA-256", "replace it by the official"]) {
        assertStringIncludes(error.message, part);
      }
    });
  }
});

Deno.test("loadTestSet() calls the file of another set by its name, and does not load it", async () => {
  await inFolder(async (folder) => {
    await putTestFiles(folder);
    const error = await assertRejects(
      () => loadTestSet("fashion_mnist", { folder }),
      DamagedDataError,
      `It is the file of MNIST (${IMAGES}.gz)`,
    );
    assertStringIncludes(error.message, MNIST.files.test.images.contentSha256!);
  });
  await inFolder(async (folder) => {
    await putTestFiles(folder);
    await assertRejects(() => loadTestSet("kmnist", { folder }), DamagedDataError, "MNIST");
    await Deno.remove(`${folder}/${IMAGES}`);
    await Deno.remove(`${folder}/${LABELS}`);
    await putTestFiles(folder, (bytes) => gzipSync(bytes, { level: 1 }), ".gz");
    const error = await assertRejects(() => loadTestSet("kmnist", { folder }), DamagedDataError);
    assertStringIncludes(error.message, `It is the file of MNIST`);
  });
});

Deno.test("loadTestSet() refuses images in the place of labels", async () => {
  await inFolder(async (folder) => {
    const images = await Deno.readFile(`${PACKAGE}/${IMAGES}`);
    await putTestFiles(folder, () => images);
    await assertRejects(() => loadTestSet("mnist", { folder }), DamagedDataError, IMAGES);
  });
});

Deno.test("readOfficialFile() takes a packed file by its own hash where its contents' is not known", async () => {
  await inFolder(async (folder) => {
    const contents = Uint8Array.of(1, 2, 3);
    const packed = gzipSync(contents);
    const sha256 = createHash("sha256").update(packed).digest("hex");
    const file = { name: "x.gz", bytes: packed.length, sha256, contentBytes: 3 };
    await Deno.writeFile(`${folder}/x.gz`, packed);
    const read = () => readOfficialFile(file, `${folder}/x.gz`, () => undefined);
    assertEquals(new Uint8Array(await read()), contents);
    await Deno.writeFile(`${folder}/x.gz`, gzipSync(Uint8Array.of(1, 2, 4)));
    await assertRejects(read, DamagedDataError, sha256);
  });
});

Deno.test("loadDataset() says what to do where files are missing", async () => {
  await inFolder(async (data) => {
    for (const name of ["fashion_mnist", "kmnist"]) {
      // a machine that has Debian's package needs no file in the data folder
      if (name === "fashion_mnist" && await installedFashion()) continue;
      const error = await assertRejects(() => loadDataset(name, { data }), MissingDataError);
      assertEquals(error.dataset, name);
      for (const part of [`${data}/raw/${name}`, "Put the four files of", "http"]) {
        assertStringIncludes(error.message, part);
      }
    }
    const gone = `${data}/nowhere`;
    await assertRejects(() => loadDataset("mnist", { folder: gone }), MissingDataError, gone);
  });
});

async function installedFashion(): Promise<boolean> {
  try {
    return (await Deno.stat("/usr/share/datasets/fashion-mnist")).isDirectory;
  } catch {
    return false;
  }
}

Deno.test("loadDataset() rejects names that are none and lists those there are", async () => {
  const error = await assertRejects(() => loadDataset("minst"), RangeError, '"minst"');
  for (const name of datasetNames) assertStringIncludes(error.message, name);
  await assertRejects(() => loadDataset("toString"), RangeError);
  assert(datasetNames.includes("fashion_mnist"));
});
