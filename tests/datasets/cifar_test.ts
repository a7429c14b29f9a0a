import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gunzipSync, gzipSync } from "node:zlib";
import { DamagedDataError, downloadSource, MissingDataError } from "../../lib/datasets/mod.ts";
import { CIFAR10, CIFAR100, loadCifar, loadCifarTest } from "../../lib/datasets/cifar.ts";
import { serveLoopback } from "./loopback.ts";
import { archiveBytes, described, expected, inFolderOf, withFiles } from "./training_fixture.ts";

for (const [name, official] of [["cifar10", CIFAR10], ["cifar100", CIFAR100]] as const) {
  const source = withFiles(official);
  const archive = official.files[0].name;
  const wanted = expected[name];

  Deno.test(`loadCifar() reads ${name} as NumPy does, with the names of its (fine) classes`, async () => {
    await inFolderOf([archive], async (folder) => {
      const dataset = await loadCifar(source, { folder });
      assertEquals([dataset.name, dataset.imageShape], [name, [32, 32, 3]]);
      assertEquals(dataset.classNames, wanted.names);
      assertEquals(dataset.classes, wanted.names.length);
      assertEquals(await described(dataset.train), wanted.train);
      assertEquals(await described(dataset.test), wanted.test);
      assertEquals(await described(await loadCifarTest(source, { folder })), wanted.test);
    });
  });

  Deno.test(`loadCifar() says how to get ${name}, and names a file that is not the official one`, async () => {
    await inFolderOf([], async (data) => {
      const error = await assertRejects(() => loadCifar(source, { data }), MissingDataError);
      assertStringIncludes(error.message, `deno task data download ${name}`);
      assertStringIncludes(error.message, `raw/${name}`);
    });
    await inFolderOf([archive], async (folder) => {
      const good = archiveBytes(archive);
      const damages = [
        good.with(300, good[300]! ^ 8),
        good.subarray(0, -1),
        new Uint8Array(),
      ];
      for (const bytes of damages) {
        await Deno.writeFile(`${folder}/${archive}`, bytes);
        const error = await assertRejects(() => loadCifar(source, { folder }), DamagedDataError);
        assertEquals(error.file, `${folder}/${archive}`);
      }
    });
  });
}

Deno.test("loadCifar() loads what downloadSource() brought, and only a whole file is brought", async () => {
  const archive = CIFAR10.files[0].name;
  const body = archiveBytes(archive);
  let cut = true;
  const server = serveLoopback(() => ({
    headers: { "content-length": `${body.length}` },
    pieces: cut ? [body.subarray(0, 1000)] : [body],
    ...(cut && { then: "cut" as const }),
  }));
  const source = withFiles(CIFAR10, undefined, (name) => [`${server.address}/${name}`]);
  await inFolderOf([], async (data) => {
    await assertRejects(() => downloadSource(source, { data, retries: 0 }), Error, archive);
    await assertRejects(() => loadCifar(source, { data }), MissingDataError);
    cut = false;
    assertEquals(await downloadSource(source, { data }), [`${data}/raw/cifar10/${archive}`]);
    const { test } = await loadCifar(source, { data });
    assertEquals(await described(test), expected.cifar10.test);
  });
  await server.close();
});

Deno.test("loadCifar() names the member that is not there or no whole number of records", async () => {
  const archive = CIFAR10.files[0].name;
  const tar = gunzipSync(archiveBytes(archive));
  const at = tar.indexOf("test_batch.bin");
  // A header's checksum is the sum of its bytes, its own eight as blanks.
  const renamed = Uint8Array.from(tar);
  renamed[at] = "u".charCodeAt(0);
  const header = at - "cifar-10-batches-bin/".length;
  const sum = renamed.subarray(header, header + 512)
    .reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  renamed.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), header + 148);
  const source = withFiles(CIFAR10, () => gzipSync(renamed));
  await inFolderOf([], async (folder) => {
    await Deno.writeFile(`${folder}/${archive}`, gzipSync(renamed));
    await assertRejects(
      () => loadCifar(source, { folder }),
      DamagedDataError,
      "it has no cifar-10-batches-bin/test_batch.bin",
    );
    // As a set with two label bytes, its records do not fit.
    const wrong = { ...withFiles(CIFAR10), labelBytes: 2 as const };
    await Deno.writeFile(`${folder}/${archive}`, archiveBytes(archive));
    await assertRejects(() => loadCifar(wrong, { folder }), DamagedDataError, "data_batch_1.bin");
  });
});
