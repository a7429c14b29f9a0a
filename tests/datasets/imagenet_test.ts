import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  archiveEntries,
  DamagedDataError,
  downloadSource,
  MissingDataError,
  tarEntries,
} from "../../lib/datasets/mod.ts";
import { IMAGENET, loadImageNet, loadImageNetTest } from "../../lib/datasets/imagenet.ts";
import { InputPipeline, orderedBatches } from "../../lib/training/mod.ts";
import { archiveBytes, described, expected, inFolderOf, withFiles } from "./training_fixture.ts";

const [TRAIN, VAL, DEVKIT] = IMAGENET.files.map(({ name }) => name) as [string, string, string];
const wanted = expected.imagenet;
const { files: names, ...wantedTrain } = wanted.train;
const small = {
  ...IMAGENET,
  classes: 3,
  images: { train: 6, test: 4 },
  fit: { shorterSide: wanted.resize, crop: wanted.crop },
};
const source = withFiles(small);

/** Unpacks the small tars as people do: train/<wnid>/, and val/ flat or by class. */
async function unpackInto(folder: string, val: "flat" | "by class"): Promise<void> {
  const put = async (path: string, content: AsyncIterable<Uint8Array>) => {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, await new Response(ReadableStream.from(content)).bytes());
  };
  for await (const inner of archiveEntries(`${folder}/${TRAIN}`)) {
    const wnid = inner.path.replace(".tar", "");
    for await (const image of tarEntries(inner.content())) {
      await put(`${folder}/train/${wnid}/${image.path}`, image.content());
    }
  }
  for await (const image of archiveEntries(`${folder}/${VAL}`)) {
    const label = wanted.test.labels[Number(image.path.slice(-6, -5)) - 1]!;
    const place = val === "flat" ? "" : `${wanted.wnids![label]}/`;
    await put(`${folder}/val/${place}${image.path}`, image.content());
  }
  await Deno.remove(`${folder}/${TRAIN}`);
  await Deno.remove(`${folder}/${VAL}`);
}

Deno.test("loadImageNet() gives torchvision's images, labels and order out of the tars; grey, CMYK and PNG among them", async () => {
  await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
    const dataset = await loadImageNet({ folder }, source);
    assertEquals([dataset.name, dataset.imageShape], ["imagenet", [28, 28, 3]]);
    assertEquals(dataset.classNames, wanted.names);
    assertEquals(await described(dataset.train), wantedTrain);
    assertEquals(await described(dataset.test), wanted.test);
    assertEquals(await described(await loadImageNetTest({ folder }, source)), wanted.test);
  });
});

Deno.test("loadImageNet() keeps the list of a tar, and makes it anew where the tar is another one", async () => {
  await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
    await loadImageNet({ folder }, source);
    const kept = await Deno.readFile(`${folder}/${TRAIN}.index`);
    assertEquals(await described((await loadImageNet({ folder }, source)).train), wantedTrain);
    // A list that is damaged is made anew.
    await Deno.writeFile(`${folder}/${TRAIN}.index`, kept.subarray(0, 50));
    assertEquals(await described((await loadImageNet({ folder }, source)).train), wantedTrain);
    assertEquals(await Deno.readFile(`${folder}/${TRAIN}.index`), kept);
    // Another tar of the same name and length is noticed.
    await Deno.writeFile(`${folder}/${TRAIN}`, archiveBytes(TRAIN).with(700, 9));
    await Deno.utime(`${folder}/${TRAIN}`, 1, 1);
    await assertRejects(() => loadImageNet({ folder }, source), DamagedDataError, TRAIN);
  });
});

for (const val of ["flat", "by class"] as const) {
  Deno.test(`loadImageNet() gives the same out of an unpacked copy, val ${val}`, async () => {
    await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
      await unpackInto(folder, val);
      if (val === "by class") await Deno.remove(`${folder}/${DEVKIT}`);
      const dataset = await loadImageNet({ folder }, source);
      assertEquals(dataset.classNames, val === "flat" ? wanted.names : wanted.wnids);
      assertEquals(await described(dataset.train), wantedTrain);
      assertEquals(await described(dataset.test), wanted.test);
      // A copy that lacks an image is no copy.
      await Deno.remove(`${folder}/train/${wanted.wnids![1]}/${names![2]}`);
      const error = await assertRejects(() => loadImageNet({ folder }, source), DamagedDataError);
      assertStringIncludes(error.message, "5 images of 3 classes instead of 6 of 3");
    });
  });
}

Deno.test("loadImageNet() says where to register, and what to put where", async () => {
  await inFolderOf([], async (data) => {
    for (const run of [() => loadImageNet({ data }), () => downloadSource(IMAGENET, { data })]) {
      const error = await assertRejects(run, MissingDataError);
      for (const part of ["https://image-net.org", ...[TRAIN, VAL, DEVKIT], "raw/imagenet"]) {
        assertStringIncludes(error.message, part);
      }
    }
  });
  await inFolderOf([TRAIN, VAL], async (folder) => {
    await assertRejects(() => loadImageNet({ folder }, source), MissingDataError, DEVKIT);
  });
});

Deno.test("loadImageNet() refuses a tar or a devkit that is not the official one", async () => {
  for (const name of [TRAIN, VAL, DEVKIT]) {
    await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
      const bytes = archiveBytes(name);
      await Deno.writeFile(`${folder}/${name}`, bytes.with(600, bytes[600]! ^ 1));
      const error = await assertRejects(() => loadImageNet({ folder }, source), DamagedDataError);
      assertEquals(error.file, `${folder}/${name}`);
    });
  }
});

Deno.test("a damaged image of ImageNet is named, by workers too", async () => {
  const { wnids } = wanted;
  const bytes = archiveBytes(TRAIN);
  // The first JPEG in the tar, which is of the last class: everything after its first bytes.
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xd8);
  bytes.fill(0, at + 2, at + 300);
  const damaged = withFiles(small, (original, name) => name === TRAIN ? bytes : original);
  await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
    await Deno.writeFile(`${folder}/${TRAIN}`, bytes);
    const { train } = await loadImageNet({ folder }, damaged);
    for (const workers of [0, 2]) {
      const input = new InputPipeline(train, orderedBatches(6, 2), { workers });
      await input.next();
      await input.next();
      const error = await assertRejects(() => input.next(), DamagedDataError);
      input.close();
      assertEquals(error.file, `${folder}/${TRAIN}`);
      assertStringIncludes(error.message, `${wnids![2]}_7.JPEG in it`);
    }
  });
});

Deno.test("ImageNet's images are the same whatever the number of workers", async () => {
  await inFolderOf([TRAIN, VAL, DEVKIT], async (folder) => {
    const { train } = await loadImageNet({ folder }, source);
    const whole = await train.read([0, 1, 2, 3, 4, 5]);
    for (const workers of [0, 2]) {
      const input = new InputPipeline(train, orderedBatches(6, 3), { workers });
      const batches = [(await input.next())!.pixels, (await input.next())!.pixels];
      input.close();
      assertEquals(batches.flatMap((pixels) => [...pixels]), [...whole]);
    }
  });
});
