import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { crc32 } from "node:zlib";
import { DamagedDataError, MissingDataError } from "../../lib/datasets/mod.ts";
import {
  loadTinyImageNet,
  loadTinyImageNetTest,
  TINY_IMAGENET,
} from "../../lib/datasets/tiny_imagenet.ts";
import { InputPipeline, orderedBatches } from "../../lib/training/mod.ts";
import { archiveBytes, described, expected, inFolderOf, withFiles } from "./training_fixture.ts";

const archive = TINY_IMAGENET.files[0].name;
const source = withFiles(TINY_IMAGENET);
const wanted = expected.tiny_imagenet;

Deno.test("loadTinyImageNet() gives torchvision's images, grey ones in colour, in its order, and validation by its list", async () => {
  await inFolderOf([archive], async (folder) => {
    const dataset = await loadTinyImageNet({ folder }, source);
    assertEquals([dataset.name, dataset.imageShape], ["tiny_imagenet", [64, 64, 3]]);
    assertEquals(dataset.classNames, wanted.names);
    const { files: _, ...train } = wanted.train;
    assertEquals(await described(dataset.train), train);
    assertEquals(await described(dataset.test), wanted.test);
  });
});

Deno.test("loadTinyImageNet() decodes once: then the archive is not read again", async () => {
  await inFolderOf([archive], async (folder) => {
    await loadTinyImageNet({ folder }, source);
    await Deno.remove(`${folder}/${archive}`);
    const test = await loadTinyImageNetTest({ folder }, source);
    assertEquals(await described(test), wanted.test);
    // What is not whole is made anew, which takes the archive.
    await Deno.truncate(`${folder}/${archive}.images/train.bytes`, 5000);
    await assertRejects(() => loadTinyImageNet({ folder }, source), MissingDataError);
    await Deno.writeFile(`${folder}/${archive}`, archiveBytes(archive));
    assertEquals(await described((await loadTinyImageNet({ folder }, source)).test), wanted.test);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, [archive, `${archive}.images`, `${archive}.images.lock`]);
  });
});

Deno.test("loadTinyImageNet() of another archive decodes anew", async () => {
  await inFolderOf([archive], async (folder) => {
    await loadTinyImageNet({ folder }, source);
    await assertRejects(
      () => loadTinyImageNet({ folder }, withFiles(TINY_IMAGENET, (bytes) => bytes.with(40, 1))),
      DamagedDataError,
      archive,
    );
  });
});

Deno.test("loadTinyImageNet() says how to get the archive", async () => {
  await inFolderOf([], async (data) => {
    const error = await assertRejects(() => loadTinyImageNet({ data }, source), MissingDataError);
    assertStringIncludes(error.message, "deno task data download tiny_imagenet");
  });
});

/** The archive with other contents of a member that is stored unpacked, of the same length. */
function changed(member: string, change: (contents: Uint8Array) => void): Uint8Array<ArrayBuffer> {
  const bytes = archiveBytes(archive);
  const view = new DataView(bytes.buffer);
  const name = new TextEncoder().encode(member);
  const places = [...bytes.keys()].filter((i) => name.every((byte, k) => bytes[i + k] === byte));
  const [local, central] = [places[0]! - 30, places.at(-1)! - 46];
  const start = places[0]! + name.length + view.getUint16(local + 28, true);
  const contents = bytes.subarray(start, start + view.getUint32(central + 24, true));
  change(contents);
  view.setUint32(local + 14, crc32(contents), true);
  view.setUint32(central + 16, crc32(contents), true);
  return bytes;
}

Deno.test("loadTinyImageNet() names the image that does not decode, or the list that does not fit, and keeps nothing", async () => {
  const broken = "tiny-imagenet-200/train/n01440764/images/n01440764_10.JPEG";
  const cases: [string, (contents: Uint8Array) => void, string][] = [
    [broken, (contents) => contents.fill(0, 2), broken],
    [
      "tiny-imagenet-200/val/val_annotations.txt",
      (contents) => contents.set(new TextEncoder().encode("n99999999"), 11),
      "val_0.JPEG is of none of its classes",
    ],
  ];
  for (const [member, change, reason] of cases) {
    const bytes = changed(member, change);
    await inFolderOf([], async (folder) => {
      await Deno.writeFile(`${folder}/${archive}`, bytes);
      const damaged = withFiles(TINY_IMAGENET, () => bytes);
      const error = await assertRejects(
        () => loadTinyImageNet({ folder }, damaged),
        DamagedDataError,
        reason,
      );
      assertEquals(error.file, `${folder}/${archive}`);
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(left, [archive, `${archive}.images.lock`]);
    });
  }
});

Deno.test("TinyImageNet's images are read by other threads, the same", async () => {
  await inFolderOf([archive], async (folder) => {
    const { train } = await loadTinyImageNet({ folder }, source);
    const input = new InputPipeline(train, orderedBatches(train.count, 4), { workers: 2 });
    for (let first = 0; first < train.count; first += 4) {
      const { pixels, labels } = (await input.next())!;
      const indices = Array.from(labels, (_, i) => first + i);
      assertEquals(pixels, await train.read(indices));
      assert(labels.every((label, i) => label === train.labels[first + i]));
    }
    assertEquals(await input.next(), undefined);
    input.close();
  });
});
