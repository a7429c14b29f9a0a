import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import {
  archiveEntries,
  DamagedDataError,
  describeOrigin,
  isPresentFor,
  loadDataset,
  MissingDataError,
  sourceState,
  subset,
} from "../../lib/datasets/mod.ts";
import { CIFAR10, CIFAR100, loadCifar, loadCifarTest } from "../../lib/datasets/cifar.ts";
import { namesIn } from "../../lib/datasets/cifar_copy.ts";
import type { CifarSource } from "../../lib/datasets/cifar_source.ts";
import { readEntry } from "../../lib/datasets/decode_once.ts";
import { archiveBytes, described, expected, inFolderOf } from "./training_fixture.ts";

/** The members of the fixture's archive. */
async function members(official: CifarSource): Promise<Map<string, Uint8Array>> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, official.files[0].name);
  await Deno.writeFile(path, archiveBytes(official.files[0].name));
  const found = new Map<string, Uint8Array>();
  for await (const entry of archiveEntries(path)) {
    if (entry.kind === "file") found.set(entry.path, await readEntry(entry));
  }
  await Deno.remove(folder, { recursive: true });
  return found;
}

/** A source whose unpacked files are those of the fixture, the test file known by all its beginnings but the last two. */
function withMembers(official: CifarSource, files: Map<string, Uint8Array>): CifarSource {
  const record = official.labelBytes + 3072;
  const of = (path: string) => {
    const bytes = files.get(path)!;
    return { path, records: bytes.length / record, bytes };
  };
  const source: CifarSource = {
    ...official,
    classes: namesIn(files.get(official.namesMember)).length,
    members: {
      train: official.members.train.map(({ path }) => {
        const { bytes, ...member } = of(path);
        return { ...member, sha256: createHash("sha256").update(bytes).digest("hex") };
      }),
      test: official.members.test.map(({ path }) => {
        const { bytes, ...member } = of(path);
        const prefixes = Array.from({ length: member.records - 2 }, (_, n) => {
          const prefix = bytes.subarray(0, (n + 1) * record);
          return createHash("sha256").update(prefix).digest().subarray(0, 6).toString("hex");
        }).join("");
        return {
          ...member,
          gitBlob: createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"),
          prefixes: Uint8Array.fromHex(prefixes).toBase64(),
        };
      }),
    },
  };
  return source;
}

const files = await members(CIFAR10);
const testPath = CIFAR10.members.test[0]!.path;
// the fixture's training images as test images, of which there are more
files.set(testPath, Buffer.concat(CIFAR10.members.train.map(({ path }) => files.get(path)!)));
const source = withMembers(CIFAR10, files);
const record = 3073, count = files.get(testPath)!.length / record;

/** Writes an unpacked copy; `change` says what becomes of the test file. */
async function putCopy(
  folder: string,
  change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) {
    const written = path === testPath ? change(bytes) : bytes;
    await Deno.writeFile(join(folder, basename(path)), written);
  }
  return join(folder, basename(testPath));
}

Deno.test("loadCifar() takes an unpacked copy from every place where people have it, and through links", async () => {
  const places = ["raw/cifar10", "raw/cifar10/cifar-10-batches-bin", "raw/cifar-10-batches-bin"];
  for (const place of [...places, "cifar-10-batches-bin"]) {
    await inFolderOf([], async (data) => {
      await putCopy(`${data}/${place}`);
      const { train, test, classNames } = await loadCifar(source, { data });
      assertEquals(classNames, expected.cifar10.names);
      assertEquals(await described(train), expected.cifar10.train);
      assertEquals(await described(test), expected.cifar10.train);
      assertEquals(describeOrigin(train), "unpacked copy (SHA-256 of each file)");
      assertEquals(describeOrigin(test), "unpacked copy (git blob id)");
      const { state, form, found } = await sourceState(source, { data, verify: true });
      assertEquals([state, form, found], ["present", "unpacked copy", `${data}/${place}`]);
    });
  }
  await inFolderOf([], async (data) => {
    await putCopy(`${data}/elsewhere`);
    await Deno.mkdir(`${data}/raw`);
    await Deno.symlink(`${data}/elsewhere`, `${data}/raw/cifar-10-batches-bin`);
    assertEquals((await loadCifar(source, { data })).test.count, count);
    // a folder of the user's own: around the copy, or the copy itself
    assertEquals((await loadCifar(source, { folder: `${data}/raw` })).test.count, count);
    assertEquals((await loadCifar(source, { folder: `${data}/elsewhere` })).test.count, count);
    await Deno.remove(`${data}/elsewhere`, { recursive: true });
    const error = await assertRejects(() => loadCifar(source, { data }), MissingDataError);
    assertStringIncludes(error.message, "raw/cifar-10-batches-bin is a link that leads nowhere");
  });
});

Deno.test("loadCifar() takes the copy where the archive beside it is cut, as its state says", async () => {
  await inFolderOf([source.files[0].name], async (folder) => {
    await putCopy(folder);
    const { state, form } = await sourceState(source, { folder });
    assertEquals([state, form], ["present", "unpacked copy"]);
    const { train, test } = await loadCifar(source, { folder });
    assertEquals([train.origin?.form, test.origin?.form], ["unpacked copy", "unpacked copy"]);
    assertEquals(await described(test), expected.cifar10.train);
  });
});

Deno.test("test images cut after any whole record do for a trial that asks for no more", async () => {
  for (let held = 1; held < count; held++) {
    await inFolderOf([], async (folder) => {
      await putCopy(folder, (bytes) => bytes.subarray(0, held * record));
      // the last two are not vouched for: no more are taken than the table of hashes knows
      const known = Math.min(held, count - 2);
      const { test } = await loadCifar(source, { folder, testCount: known });
      assertEquals(test.count, known);
      const first = `first ${known} of ${count} images`;
      assertEquals(
        describeOrigin(test),
        `unpacked copy (SHA-256 of the part that is here), ${first}`,
      );
      assertStringIncludes(describeOrigin(subset(test, 1))!, `first 1 of ${count} images`);
      assertEquals((await described(test)).images, expected.cifar10.train.images.slice(0, known));
      for (const testCount of [undefined, known + 1]) {
        const load = () => loadCifar(source, { folder, ...(testCount && { testCount }) });
        const error = await assertRejects(load, MissingDataError);
        const others = held > known ? " and others whose hash is not known" : "";
        const there = `holds the first ${known} of ${count} test images${others}, and `;
        assertStringIncludes(error.message, there);
      }
      const state = await sourceState(source, { folder });
      assertEquals([state.state, state.train, state.testImages], ["partial", true, known]);
    });
  }
});

Deno.test("test images that are cut are refused where one differs, or within a record", async () => {
  const changes: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["its image 1 is not", (bytes) => bytes.with(record + 7, bytes[record + 7]! ^ 1)],
    ["its image 0 is not", (bytes) => bytes.subarray(record)],
    [`bytes instead of ${count * record}`, (bytes) => bytes.subarray(0, -1)],
    [`0 bytes instead of`, () => new Uint8Array()],
  ];
  for (const [reason, change] of changes) {
    await inFolderOf([], async (folder) => {
      await putCopy(folder, (bytes) => change(bytes.subarray(0, 3 * record)));
      const load = () => loadCifar(source, { folder, testCount: 1 });
      await assertRejects(load, DamagedDataError, reason);
      assertEquals((await sourceState(source, { folder, verify: true })).state, "damaged");
    });
  }
  await inFolderOf([], async (folder) => {
    // whole, and so compared by its own hash alone
    const path = await putCopy(folder, (bytes) => bytes.with(-1, bytes.at(-1)! ^ 1));
    const load = () => loadCifar(source, { folder, testCount: 1 });
    assertEquals((await assertRejects(load, DamagedDataError, "git blob id")).file, path);
  });
});

Deno.test("training images are never taken where they are cut, changed or lacking", async () => {
  const first = basename(CIFAR10.members.train[0]!.path);
  await inFolderOf([], async (folder) => {
    await putCopy(folder);
    const good = await Deno.readFile(`${folder}/${first}`);
    for (const bytes of [good.subarray(record), good.with(5, good[5]! ^ 4)]) {
      await Deno.writeFile(`${folder}/${first}`, bytes);
      const error = await assertRejects(() => loadCifar(source, { folder }), DamagedDataError);
      assertEquals(error.file, `${folder}/${first}`);
    }
    await Deno.remove(`${folder}/${first}`);
    await assertRejects(() => loadCifar(source, { folder }), MissingDataError, first);
    const { state, train, reason } = await sourceState(source, { folder });
    assertEquals([state, train], ["partial", false]);
    assertStringIncludes(reason!, first);
  });
});

Deno.test("a copy without the names of its classes does for unknown classes, and says what it lacks", async () => {
  await inFolderOf([], async (folder) => {
    await putCopy(folder);
    const names = basename(source.namesMember);
    await Deno.remove(join(folder, names));
    const { state, train, testImages, reason } = await sourceState(source, { folder });
    assertEquals([state, train, testImages], ["partial", false, undefined]);
    assertEquals(reason, `${folder} is without ${names}`);
    assertEquals((await loadCifarTest(source, { folder })).count, count);
    await assertRejects(() => loadCifar(source, { folder }), MissingDataError, names);
  });
});

Deno.test("a copy whose file of class names has a line too many or none is damaged, and the file named", async () => {
  await inFolderOf([], async (folder) => {
    await putCopy(folder);
    const path = join(folder, basename(source.namesMember));
    const names = await Deno.readTextFile(path);
    for (const [text, count] of [[`${names}\nzebra\n`, source.classes + 1], ["", 0]] as const) {
      await Deno.writeTextFile(path, text);
      const reason = `it names ${count} classes instead of ${source.classes}`;
      const error = await assertRejects(() => loadCifar(source, { folder }), DamagedDataError);
      assertEquals(error.file, path);
      assertStringIncludes(error.message, reason);
      const state = await sourceState(source, { folder });
      assertEquals(state.state, "damaged");
      assertStringIncludes(state.reason!, reason);
    }
  });
});

Deno.test("a copy with training images alone is partial, and present for nothing", async () => {
  await inFolderOf([], async (data) => {
    const folder = `${data}/raw/cifar-10-batches-bin`;
    await Deno.remove(await putCopy(folder));
    const { state, train, testImages, reason } = await sourceState(source, { data });
    assertEquals([state, train, testImages], ["partial", true, 0]);
    assertEquals(reason, `${folder} is without test_batch.bin`);
    for (const testCount of [1, undefined]) {
      assert(!isPresentFor({ testCount }, { train: true, testImages: 0 }));
    }
    await Deno.remove(join(folder, "data_batch_3.bin"));
    assertEquals((await sourceState(source, { data })).state, "missing");
  });
});

Deno.test("of a copy with one half alone the message names the file that the other lacks", async () => {
  await inFolderOf([], async (data) => {
    const folder = `${data}/raw/cifar-10-batches-bin`;
    const test = await putCopy(folder);
    const lacking = async (path: string) => {
      const bytes = await Deno.readFile(path);
      await Deno.remove(path);
      const { message } = await assertRejects(() => loadCifar(source, { data }), MissingDataError);
      await Deno.writeFile(path, bytes);
      return message;
    };
    assertStringIncludes(await lacking(test), `test_batch.bin is not in ${folder}. Put the whole`);
    assertStringIncludes(
      await lacking(join(folder, "data_batch_2.bin")),
      `data_batch_2.bin is not in ${folder}. Put the whole`,
    );
    for (const { path } of source.members.train) await Deno.remove(join(folder, basename(path)));
    const { message } = await assertRejects(() => loadCifar(source, { data }), MissingDataError);
    assertStringIncludes(message, `data_batch_1.bin is not in ${folder}. Put the whole`);
  });
});

Deno.test("where no hash is known, an unpacked file must have the official length and classes", async () => {
  const files = await members(CIFAR100);
  const full = withMembers(CIFAR100, files);
  const bare: CifarSource = {
    ...full,
    members: {
      train: full.members.train.map(({ path, records }) => ({ path, records })),
      test: full.members.test.map(({ path, records }) => ({ path, records })),
    },
    classes: 3,
  };
  // three images of three classes, as the official files have as many of each
  const images = (labels: number[]) =>
    Uint8Array.from(labels.flatMap((label) => [0, label, ...new Array(3072).fill(label)]));
  const counted = {
    ...bare,
    members: {
      train: [{ ...bare.members.train[0]!, records: 3 }],
      test: [{ ...bare.members.test[0]!, records: 3 }],
    },
  };
  await inFolderOf([], async (folder) => {
    const put = async (train: number[], test: number[]) => {
      await Deno.writeFile(`${folder}/train.bin`, images(train));
      await Deno.writeFile(`${folder}/test.bin`, images(test));
      await Deno.writeTextFile(`${folder}/fine_label_names.txt`, "a\nb\nc\n");
    };
    await put([2, 0, 1], [0, 1, 2]);
    const { train } = await loadCifar(counted, { folder });
    assertEquals([...train.labels], [2, 0, 1]);
    assertEquals(describeOrigin(train), "unpacked copy (length, images per class)");
    await put([2, 0, 0], [0, 1, 2]);
    await assertRejects(() => loadCifar(counted, { folder }), DamagedDataError, "of class 0");
    await put([2, 0, 1], [0, 1, 3]);
    await assertRejects(() => loadCifar(counted, { folder }), DamagedDataError, "a label 3");
    await put([2, 0, 1], [0, 1]);
    await assertRejects(() => loadCifar(counted, { folder, testCount: 1 }), DamagedDataError);
  });
});

Deno.test("where only the pickled version lies, the message says which file is wanted instead", async () => {
  for (
    const [name, left] of [["cifar10", "cifar-10-batches-py"], ["cifar100", "cifar-100-python"]]
  ) {
    for (const place of ["", "raw/", `raw/${name}/`]) {
      await inFolderOf([], async (data) => {
        await Deno.mkdir(`${data}/${place}${left}`, { recursive: true });
        const error = await assertRejects(() => loadDataset(name!, { data }), MissingDataError);
        for (
          const part of [left!, "pickled", `${name!.replace("cifar", "cifar-")}-binary.tar.gz`]
        ) {
          assertStringIncludes(error.message, part);
        }
      });
    }
  }
});

Deno.test("the table of CIFAR10's prefixes reaches to image 1,000", () => {
  const [{ prefixes, records }] = CIFAR10.members.test as [CifarSource["members"]["test"][0]];
  assertEquals(Uint8Array.fromBase64(prefixes!).length, 6 * 1000);
  assertEquals(records, 10_000);
  // the SHA-256 of the first 1,000 records, as `sha256sum` gives it
  assertStringIncludes(
    "8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5",
    Uint8Array.fromBase64(prefixes!).subarray(-6).toHex(),
  );
});
