import { dirname } from "node:path";
import sharp from "sharp";
import { encodeMatBytes } from "../formats/mod.ts";
import { CAMVID, loadCamVid } from "./camvid.ts";
import { CITYSCAPES, loadCityscapes } from "./cityscapes.ts";
import { loadSbd, SBD } from "./sbd.ts";
import type { SceneDataset } from "./scenes.ts";
import { picture, standInOf, writtenOnce } from "./stand_in.ts";

/*
 * Sets of a few scenes without any meaning, at the official sizes and in the official forms, for trying out what a real set
 * goes through. Their label maps are fields in which every class and what is ignored occur.
 */

const COUNTS = { train: 4, test: 2 };

/** The sets that have a stand-in. */
const MAKERS: Readonly<Record<string, (folder: string) => Promise<SceneDataset>>> = {
  camvid: camvidStandIn,
  cityscapes: cityscapesStandIn,
  sbd: sbdStandIn,
};

/**
 * Makes the stand-in of a set of scenes in `folder`, unless it is there, and loads it as the set itself is loaded.
 *
 * @throws {RangeError} where there is none
 */
export function loadSceneStandIn(name: string, folder: string): Promise<SceneDataset> {
  return standInOf(name, folder, MAKERS);
}

async function camvidStandIn(folder: string): Promise<SceneDataset> {
  const size = [360, 480] as const;
  await madeOnce(folder, async () => {
    for (const [split, count] of Object.entries(COUNTS)) {
      for (let i = 0; i < count; i++) {
        await putPicture(`${folder}/${split}/${i}.png`, "camvid", i, size);
        // 0 .. 10, and 11 for what has no class
        await putMask(`${folder}/${split}annot/${i}.png`, fields(size, 12, i), size);
      }
    }
  });
  const { pixels: _, ...source } = CAMVID;
  return await loadCamVid({ folder }, { ...source, images: COUNTS });
}

async function cityscapesStandIn(folder: string): Promise<SceneDataset> {
  const size = [1024, 2048] as const;
  await madeOnce(folder, async () => {
    for (const [half, split] of [["train", "train"], ["val", "test"]] as const) {
      for (let i = 0; i < COUNTS[split]; i++) {
        const name = `${half}/city/city_${i}`;
        const image = `${folder}/leftImg8bit/${name}_leftImg8bit.png`;
        await putPicture(image, "cityscapes", i, size);
        const mask = `${folder}/gtFine/${name}_gtFine_labelIds.png`;
        await putMask(mask, fields(size, 34, i), size);
      }
    }
  });
  return await loadCityscapes({ folder }, { ...CITYSCAPES, images: COUNTS });
}

async function sbdStandIn(folder: string): Promise<SceneDataset> {
  await madeOnce(folder, async () => {
    for (const [list, split] of [["train", "train"], ["val", "test"]] as const) {
      const names = Array.from({ length: COUNTS[split] }, (_, i) => `${list}_${i}`);
      for (const [i, name] of names.entries()) {
        // wide and high, as photographs are
        const size = i % 2 === 0 ? [375, 500] as const : [500, 333] as const;
        await putPicture(`${folder}/img/${name}.jpg`, "sbd", i, size);
        const [height, width] = size;
        const labels = fields(size, 21, i);
        const columns = Uint8Array.from(
          labels,
          (_, at) => labels[at % height * width + Math.floor(at / height)]!,
        );
        await Deno.mkdir(`${folder}/cls`, { recursive: true });
        await Deno.writeFile(
          `${folder}/cls/${name}.mat`,
          encodeMatBytes("GTcls", "Segmentation", [height, width], columns),
        );
      }
      await Deno.writeTextFile(`${folder}/${list}.txt`, `${names.join("\n")}\n`);
    }
  });
  return await loadSbd({ folder }, { ...SBD, images: COUNTS });
}

/** Runs `make` unless it has been run to its end in this folder. */
async function madeOnce(folder: string, make: () => Promise<void>): Promise<void> {
  await writtenOnce(`${folder}/made`, async () => {
    await make();
    return new Uint8Array();
  });
}

/** A label map of upright fields, each twice as wide as the next but one, which begin elsewhere in each map. */
function fields(
  [height, width]: readonly [number, number],
  values: number,
  index: number,
): Uint8Array {
  const columns = Uint8Array.from({ length: width }, (_, x) => {
    const u = ((x / width) + index / 3) % 1;
    return Math.floor(values * u * u);
  });
  const labels = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) labels.set(columns, y * width);
  return labels;
}

async function putPicture(
  path: string,
  set: string,
  index: number,
  [height, width]: readonly [number, number],
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const image = picture(set, index, [width, height]);
  await Deno.writeFile(path, await (path.endsWith(".png") ? image.png() : image.jpeg()).toBuffer());
}

async function putMask(
  path: string,
  labels: Uint8Array,
  [height, width]: readonly [number, number],
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const image = sharp(labels, { raw: { height, width, channels: 1 } }).toColourspace("b-w");
  await Deno.writeFile(path, await image.png().toBuffer());
}
