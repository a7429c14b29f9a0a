import { createHash } from "node:crypto";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CIFAR100_C,
  CIFAR10_C,
  type CifarCSource,
  corruptedSets,
  DamagedDataError,
  findCifarC,
  makeDataset,
  memoryImages,
  MissingDataError,
  sourceState,
  subset,
} from "../../lib/datasets/mod.ts";
import { pack } from "tar-stream";
import { npy } from "./npy_bytes.ts";
import { withFolder } from "../with_folder.ts";

const hash = (kind: "md5" | "sha256", bytes: Uint8Array) =>
  createHash(kind).update(bytes).digest("hex");

// four images at each severity, filled with 10 * severity + index, and in "snow" with 100 more
const labels = npy("|u1", [20], Uint8Array.from({ length: 20 }, (_, i) => [3, 8, 0, 9][i % 4]!));
const images = (added: number) =>
  npy(
    "|u1",
    [20, 32, 32, 3],
    Uint8Array.from({ length: 20 * 3072 }, (_, i) => {
      const image = Math.floor(i / 3072);
      return added + 10 * (Math.floor(image / 4) + 1) + image % 4;
    }),
  );
const files: Record<string, Uint8Array> = { labels, fog: images(0), snow: images(100) };
const source: CifarCSource = {
  ...CIFAR10_C,
  md5: {
    ...CIFAR10_C.md5,
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, hash("md5", file)])),
  },
};

async function writeFiles(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, file] of Object.entries(files)) {
    await Deno.writeFile(`${folder}/${name}.npy`, file);
  }
}

Deno.test("findCifarC() reads a severity's fifth of a file, by index", async () => {
  await withFolder(async (folder) => {
    assertEquals(await findCifarC(source, { folder }), undefined);
    // as the archive unpacks, within its own folder
    await writeFiles(`${folder}/CIFAR-10-C`);
    const published = await findCifarC(source, { folder });
    for (const severity of [1, 3, 5]) {
      const set = await published!.load("snow", severity);
      assertEquals([set.name, set.count, set.shape], [`snow/${severity}`, 4, [32, 32, 3]]);
      assertEquals(set.labels, Int32Array.of(3, 8, 0, 9));
      const read = await set.read([3, 0]);
      assertEquals(read.length, 2 * 3072);
      assertEquals(
        [read[0], read[3071], read[3072]],
        [3, 3, 0].map((i) => 100 + 10 * severity + i),
      );
      assertThrows(() => set.read([4]), RangeError);
    }
    await assertRejects(() => published!.load("snow", 6), RangeError);
    await assertRejects(() => published!.load("fog", 0), RangeError);
  });
});

Deno.test("findCifarC() refuses files of another MD5, and names the one that is not there", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder);
    const changed = files.fog!.slice();
    changed[5000]! ^= 1;
    await Deno.writeFile(`${folder}/fog.npy`, changed);
    const published = await findCifarC(source, { folder });
    await assertRejects(() => published!.load("fog", 1), DamagedDataError, "MD5");
    assertEquals((await published!.load("snow", 1)).count, 4);
    await assertRejects(() => published!.load("frost", 1), MissingDataError, "frost.npy");
  });
});

Deno.test("findCifarC() refuses files whose form does not fit the labels", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder);
    const short = npy("|u1", [15, 32, 32, 3], new Uint8Array(15 * 3072));
    await Deno.writeFile(`${folder}/fog.npy`, short);
    const known = { ...source, md5: { ...source.md5, fog: hash("md5", short) } };
    const published = await findCifarC(known, { folder });
    await assertRejects(() => published!.load("fog", 1), DamagedDataError, "[15, 32, 32, 3]");
  });
});

Deno.test("findCifarC() refuses files that are cut short or none, and labels that are none", async () => {
  const cases: [name: "fog" | "labels", bytes: Uint8Array, message: string][] = [
    ["fog", files.fog!.subarray(0, -1), "instead of"],
    ["fog", new TextEncoder().encode("<html>not found</html>"), "Cannot read .npy data"],
    [
      "labels",
      npy("<f4", [20], new Uint8Array(new Float32Array(20).fill(1.5).buffer)),
      "1.5 among",
    ],
    ["labels", npy("|u1", [20], new Uint8Array(20).fill(10)), "10 among them"],
    ["labels", npy("|u1", [19], new Uint8Array(19)), "five equal parts"],
    ["labels", npy("|u1", [0], new Uint8Array(0)), "wanted some labels"],
    ["labels", npy("|u1", [4, 5], new Uint8Array(20)), "[4, 5]"],
  ];
  for (const [name, bytes, message] of cases) {
    await withFolder(async (folder) => {
      await writeFiles(folder);
      await Deno.writeFile(`${folder}/${name}.npy`, bytes);
      const known = { ...source, md5: { ...source.md5, [name]: hash("md5", bytes) } };
      const published = await findCifarC(known, { folder });
      const error = await assertRejects(() => published!.load("fog", 1), DamagedDataError, message);
      assertEquals(error.file, `${folder}/${name}.npy`);
    });
  }
});

Deno.test("findCifarC() misses the labels, and does not overlook the files beside them", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder);
    await Deno.remove(`${folder}/labels.npy`);
    const published = await findCifarC(source, { folder });
    await assertRejects(() => published!.load("fog", 1), MissingDataError, "labels.npy");
  });
});

/** The archive of the files, and the source that it is official for. */
async function archived(): Promise<{ bytes: Uint8Array<ArrayBuffer>; official: CifarCSource }> {
  const tar = pack();
  for (const [name, file] of Object.entries(files)) {
    tar.entry({ name: `CIFAR-10-C/${name}.npy` }, file as never);
  }
  tar.finalize();
  const chunks = await Array.fromAsync(tar) as BlobPart[];
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  const [file] = CIFAR10_C.files;
  const known = { ...file, bytes: bytes.length, sha256: hash("sha256", bytes) };
  return { bytes, official: { ...source, files: [known] } };
}

Deno.test("findCifarC() checks and unpacks the archive", async () => {
  await withFolder(async (folder) => {
    const { bytes, official } = await archived();
    await Deno.writeFile(`${folder}/CIFAR-10-C.tar`, bytes);
    const wrong = await findCifarC(source, { folder });
    await assertRejects(() => wrong!.load("fog", 1), DamagedDataError, "bytes");

    const published = await findCifarC(official, { folder });
    assertEquals((await (await published!.load("fog", 2)).read([1]))[7], 21);
    // and again without it
    await Deno.remove(`${folder}/CIFAR-10-C.tar`);
    const again = await findCifarC(official, { folder });
    assertEquals((await (await again!.load("fog", 5)).read([0]))[7], 50);
  });
});

Deno.test("findCifarC() takes the archive where only some of its files lie beside it", async () => {
  await withFolder(async (folder) => {
    const { bytes, official } = await archived();
    await Deno.writeFile(`${folder}/CIFAR-10-C.tar`, bytes);
    await Deno.writeFile(`${folder}/fog.npy`, files.fog!);
    const published = await findCifarC(official, { folder });
    assertEquals((await (await published!.load("snow", 2)).read([1]))[7], 121);
  });
});

Deno.test("sourceState() takes all 20 files of CIFAR-10-C for its archive, and no fewer", async () => {
  for (const inner of ["", "/CIFAR-10-C"]) {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}${inner}`, { recursive: true });
      const state = async () => (await sourceState(CIFAR10_C, { folder })).state;
      const [last, ...others] = Object.keys(CIFAR10_C.md5);
      for (const name of others) await Deno.writeTextFile(`${folder}${inner}/${name}.npy`, "");
      assertEquals(await state(), "missing");
      await Deno.writeTextFile(`${folder}${inner}/${last}.npy`, "");
      assertEquals(await state(), "present");
    });
  }
});

Deno.test("sourceState() says that names alone are compared where no length is known, and takes no empty file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/CIFAR-100-C.tar`;
    await Deno.writeFile(path, new Uint8Array(1024));
    const { state, checked } = await sourceState(CIFAR100_C, { folder });
    assertEquals([state, checked], ["present", "names"]);
    await Deno.truncate(path, 0);
    const empty = await sourceState(CIFAR100_C, { folder });
    assertEquals([empty.state, empty.reason], ["damaged", "CIFAR-100-C.tar: it has 0 bytes"]);
  });
});

const clean = memoryImages({
  name: "cifar10 test",
  shape: [32, 32, 3],
  pixels: Uint8Array.from({ length: 3 * 3072 }, (_, i) => i % 255),
  labels: Int32Array.of(3, 8, 0),
});
const cifar10 = makeDataset({
  name: "cifar10",
  classNames: [..."abcdefghij"],
  train: clean,
  test: clean,
});

Deno.test("corruptedSets() of CIFAR10 makes 95 sets without an archive", async () => {
  await withFolder(async (data) => {
    const sets = await corruptedSets(cifar10, { seed: 1, data });
    assertEquals(sets.length, 95);
    const snowy = sets.find(({ name }) => name === "snow/4")!;
    assertEquals([snowy.title, snowy.source], ["Snow, severity 4", "generated"]);
    const images = await snowy.load();
    assertEquals([images.count, (await images.read([2])).length], [3, 3072]);
    const frosty = sets.find(({ name }) => name === "frost/1")!;
    await assertRejects(() => frosty.load(), MissingDataError, "frost1.png");
  });
});

Deno.test("corruptedSets() of CIFAR10 takes the first images of the published sets, with their labels", async () => {
  await withFolder(async (data) => {
    // as the official archive leaves it, whose hash has been compared
    const unpacked = `${data}/raw/cifar10_c/CIFAR-10-C.tar.unpacked`;
    await writeFiles(`${unpacked}/CIFAR-10-C`);
    const hash = CIFAR10_C.files[0].sha256;
    await Deno.writeTextFile(`${unpacked}/.unpacked.json`, JSON.stringify({ hash }));
    const few = { ...cifar10, test: subset(clean, 2) };
    const sets = await corruptedSets(few, { seed: 1, data });
    const snowy = sets.find(({ name }) => name === "snow/3")!;
    assertEquals(snowy.source, "published");
    const images = await snowy.load();
    assertEquals([images.count, images.labels], [2, Int32Array.of(3, 8)]);
    const read = await images.read([0, 1]);
    assertEquals([read[0], read[3072]], [130, 131]);
  });
});
