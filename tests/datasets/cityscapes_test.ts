import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
// @ts-types="@types/yazl"
import yazl from "yazl";
import {
  DamagedDataError,
  downloadSource,
  ignoreLabel,
  MissingDataError,
  sourceState,
} from "../../lib/datasets/mod.ts";
import { CITYSCAPES, loadCityscapes } from "../../lib/datasets/cityscapes.ts";
import { inFolder, putImage, putMask, rowsOf } from "./scene_fixture.ts";

const source = { ...CITYSCAPES, images: { train: 2, test: 1 } };
// labels.py: the ids that are trained on, and the others of 0 .. 33
const TRAINED = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];

const SCENES = [
  "train/ulm/ulm_000001_000019",
  "train/aachen/aachen_000000_000019",
  "val/bonn/bonn_0_1",
];

async function putCityscapes(folder: string, masks = [[7, 0, 33], [26, 6, 11]]): Promise<void> {
  for (const name of SCENES) {
    await putImage(`${folder}/leftImg8bit/${name}_leftImg8bit.png`, 2, 3);
    await putMask(`${folder}/gtFine/${name}_gtFine_labelIds.png`, masks);
  }
}

Deno.test("loadCityscapes() maps label ids to the classes that are trained on, by city and name", async () => {
  for (const place of ["raw/cityscapes", "cityscapes", "raw", "."]) {
    await inFolder(async (data) => {
      await putCityscapes(`${data}/${place}`);
      const { classes, classNames, train, test } = await loadCityscapes({ data }, source);
      assertEquals([classes, classNames[13], train.count, test.count], [19, "car", 2, 1]);
      assertEquals(train.places!.map(({ image }) => image.split("/").at(-2)), ["aachen", "ulm"]);
      const { labels } = await train.read(1);
      assertEquals(rowsOf(labels, 3), [[0, ignoreLabel, 18], [13, ignoreLabel, 2]]);
      assertEquals(train.origin?.form, "unpacked copy");
    });
  }
});

Deno.test("every label id of Cityscapes is a class or ignored, and others are damage", async () => {
  await inFolder(async (folder) => {
    const ids = Array.from({ length: 34 }, (_, id) => id);
    await putCityscapes(folder, [ids]);
    // the images have another size: only the masks are read
    const { test } = await loadCityscapes({ folder }, source);
    await putImage(test.places![0]!.image, 1, 34);
    const { labels } = await test.read(0);
    assertEquals([...labels], ids.map((id) => TRAINED.includes(id) ? TRAINED.indexOf(id) : 255));
    await putMask(test.places![0]!.mask, [ids.map((id) => id + 1)]);
    await assertRejects(() => test.read(0), DamagedDataError, "label 34 at row 0, column 33");
  });
});

Deno.test("a copy of Cityscapes without a mask, a city or half of its images is named", async () => {
  await inFolder(async (folder) => {
    await putCityscapes(folder);
    const mask = `${folder}/gtFine/${SCENES[0]}_gtFine_labelIds.png`;
    await Deno.remove(mask);
    await assertRejects(() => loadCityscapes({ folder }, source), DamagedDataError, mask);
    await Deno.remove(`${folder}/leftImg8bit/train/ulm`, { recursive: true });
    await assertRejects(() => loadCityscapes({ folder }, source), DamagedDataError, "instead of 2");
    assertEquals((await sourceState(source, { folder })).state, "damaged");
  });
});

Deno.test("a file among the cities is none, and a city whose masks have no folder is damage", async () => {
  await inFolder(async (folder) => {
    await putCityscapes(folder);
    await Deno.writeTextFile(`${folder}/leftImg8bit/train/README`, "x");
    assertEquals((await loadCityscapes({ folder }, source)).train.count, 2);
    await Deno.remove(`${folder}/gtFine/train/ulm`, { recursive: true });
    await assertRejects(() => loadCityscapes({ folder }, source), DamagedDataError, "train/ulm");
    assertEquals((await sourceState(source, { folder })).state, "damaged");
    await Deno.remove(`${folder}/gtFine/train`, { recursive: true });
    assertEquals((await sourceState(source, { folder })).state, "damaged");
  });
});

Deno.test("Cityscapes asks for a registration, and is taken from its archives where both are there", async () => {
  await inFolder(async (data) => {
    for (
      const load of [() => loadCityscapes({ data }, source), () => downloadSource(source, { data })]
    ) {
      const error = await assertRejects(load as () => Promise<unknown>, MissingDataError);
      assertStringIncludes(error.message, "Register at https://www.cityscapes-dataset.com");
    }
    await putCityscapes(`${data}/made`);
    const files = await Promise.all(source.files.map(async ({ name }, i) => {
      const root = ["leftImg8bit", "gtFine"][i]!;
      const zip = new yazl.ZipFile();
      for (const scene of SCENES) {
        const end = ["_leftImg8bit.png", "_gtFine_labelIds.png"][i]!;
        const path = `${root}/${scene}${end}`;
        zip.addBuffer(Buffer.from(await Deno.readFile(`${data}/made/${path}`)), path);
        zip.addBuffer(Buffer.from("{}"), `${root}/test/x/x_${end}.json`);
      }
      zip.end();
      const bytes = Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
      await Deno.mkdir(`${data}/raw/cityscapes`, { recursive: true });
      await Deno.writeFile(`${data}/raw/cityscapes/${name}`, bytes);
      return { name, urls: [], md5: createHash("md5").update(bytes).digest("hex") };
    }));
    await Deno.remove(`${data}/made`, { recursive: true });
    const small = { ...source, files: [files[0]!, files[1]!] as const };
    const { train, test } = await loadCityscapes({ data }, small);
    assertEquals([train.count, test.count, train.origin?.form], [2, 1, "official file"]);
    assertEquals((await test.read(0)).labels[2], 18);
  });
});
