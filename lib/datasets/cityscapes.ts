import { join } from "node:path";
import { isThere } from "../files/mod.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { copyFolders, fileFolders, sourceFolder } from "./places.ts";
import type { ScenePlace } from "./read_request.ts";
import { inspectHalves, sceneFiles } from "./scene_files.ts";
import { entriesOf, listPairs } from "./scene_pairs.ts";
import type { SceneDataset, SceneSet } from "./scenes.ts";
import type { CopyState, DataSource } from "./source.ts";
import { findOfficial, howToGet, isUnpacked, unpackOfficial } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Origin, PlaceOptions, Split } from "./types.ts";

/** The source of Cityscapes. */
export interface CityscapesSource extends DataSource {
  files: readonly [images: RemoteFile, masks: RemoteFile];
  /** How many images each half has; the test half are the validation images. */
  images: Record<Split, number>;
}

/**
 * Cityscapes with its fine annotations (Cordts et al. 2016), 2048 x 1024 pixels, the 19 classes that are trained on. Tested
 * on its validation images: the labels of its test images are not published.
 *
 * MD5: public download scripts. Classes and colours: cityscapesScripts' labels.py.
 */
export const CITYSCAPES: CityscapesSource = {
  name: "cityscapes",
  title: "Cityscapes",
  licence: "for non-commercial use, after registration",
  address: "https://www.cityscapes-dataset.com",
  files: [
    {
      name: "leftImg8bit_trainvaltest.zip",
      urls: [],
      md5: "0a6e97e94b616a514066c9e2adb0c97f",
    },
    { name: "gtFine_trainvaltest.zip", urls: [], md5: "4237c19de34c8a376e9ba46b495d6f66" },
  ],
  registration:
    "Register at https://www.cityscapes-dataset.com, download leftImg8bit_trainvaltest.zip (11 GB) and " +
    "gtFine_trainvaltest.zip (241 MB), and put both as they are into FOLDER; or the folders leftImg8bit and gtFine, or a " +
    "link to the folder of both",
  unpacked: ["cityscapes", "Cityscapes"],
  ownUnpacked: ["."],
  inspectCopy(this: CityscapesSource, folder: string) {
    return inspectCityscapes(this, folder);
  },
  images: datasetFacts("cityscapes").images,
};

const CLASSES: readonly (readonly [name: string, colour: readonly [number, number, number]])[] = [
  ["road", [128, 64, 128]],
  ["sidewalk", [244, 35, 232]],
  ["building", [70, 70, 70]],
  ["wall", [102, 102, 156]],
  ["fence", [190, 153, 153]],
  ["pole", [153, 153, 153]],
  ["traffic light", [250, 170, 30]],
  ["traffic sign", [220, 220, 0]],
  ["vegetation", [107, 142, 35]],
  ["terrain", [152, 251, 152]],
  ["sky", [70, 130, 180]],
  ["person", [220, 20, 60]],
  ["rider", [255, 0, 0]],
  ["car", [0, 0, 142]],
  ["truck", [0, 0, 70]],
  ["bus", [0, 60, 100]],
  ["train", [0, 80, 100]],
  ["motorcycle", [0, 0, 230]],
  ["bicycle", [119, 11, 32]],
];

const OFFICIAL_NAMES: Record<Split, string> = { train: "train", test: "val" };

/** Where the images and the masks lie: folders leftImg8bit and gtFine. */
interface Roots {
  images: string;
  masks: string;
  origin: Pick<Origin, "form" | "checked">;
}

/**
 * Loads Cityscapes from the official archives, which are unpacked beside themselves, or from an unpacked copy. In the order of
 * cities and names.
 *
 * @throws {MissingDataError} when neither is there
 * @throws {DamagedDataError} when an archive is not the official one, an image has no mask, or some are missing
 */
export async function loadCityscapes(
  places: PlaceOptions = {},
  source: CityscapesSource = CITYSCAPES,
): Promise<SceneDataset> {
  const roots = await findRoots(source, places);
  return {
    name: source.name,
    classes: CLASSES.length,
    classNames: CLASSES.map(([name]) => name),
    colours: CLASSES.map(([, colour]) => colour),
    train: halfOf(source, "train", roots),
    test: halfOf(source, "test", roots),
  };
}

async function findRoots(source: CityscapesSource, places: PlaceOptions): Promise<Roots> {
  const [images, masks] = source.files;
  const archives = [images, masks].map((file) =>
    findOfficial(source, file, places) ?? join(sourceFolder(source, places), file.name)
  ) as [string, string];
  const whole = await Promise.all(
    [images, masks].map(async (file, i) =>
      isThere(archives[i]!) || await isUnpacked(archives[i]!, file)
    ),
  );
  if (whole.every((one) => one)) {
    const select = (path: string) => /^(leftImg8bit|gtFine)\/(train|val)\//.test(path);
    return {
      images: join(await unpackOfficial(archives[0], images, { select }), "leftImg8bit"),
      masks: join(await unpackOfficial(archives[1], masks, { select }), "gtFine"),
      origin: { form: "official file", checked: "MD5" },
    };
  }
  const folder = [...copyFolders(source, places), ...fileFolders(source, places)].find(isCopy);
  if (folder !== undefined) return inCopy(folder);
  throw new MissingDataError(source.name, {
    reason: `its archives are not in ${
      sourceFolder(source, places)
    }, nor folders leftImg8bit and gtFine`,
    whatToDo: howToGet(source, places),
  });
}

function inCopy(folder: string): Roots {
  const origin = { form: "unpacked copy", checked: "number of images and masks" } as const;
  return { images: join(folder, "leftImg8bit"), masks: join(folder, "gtFine"), origin };
}

function halfOf(source: CityscapesSource, split: Split, { origin, ...roots }: Roots): SceneSet {
  return sceneFiles({
    name: `${source.name} ${split}`,
    classes: CLASSES.length,
    places: pairsOf(source, split, roots),
    origin: { ...origin, official: source.images[split] },
  });
}

function pairsOf(
  source: CityscapesSource,
  split: Split,
  { images, masks }: Pick<Roots, "images" | "masks">,
): ScenePlace[] {
  const half = join(images, OFFICIAL_NAMES[split]);
  const cities = isThere(half)
    ? entriesOf(half).filter(({ isFile }) => !isFile).map(({ name }) => name)
    : [];
  const pairs = cities.sort().flatMap((city) =>
    listPairs({
      image: join(half, city),
      mask: join(masks, OFFICIAL_NAMES[split], city),
      imageEnd: "_leftImg8bit.png",
      maskEnd: "_gtFine_labelIds.png",
    })
  );
  if (pairs.length === source.images[split]) {
    return pairs.map((pair) => ({ ...pair, form: "cityscapes" }));
  }
  throw new DamagedDataError(
    half,
    `it has ${pairs.length} images instead of ${source.images[split]}. Unpack ${
      source.files[0].name
    } anew`,
  );
}

function isCopy(folder: string): boolean {
  return isThere(join(folder, "leftImg8bit")) && isThere(join(folder, "gtFine"));
}

/** What `deno task data` finds of a copy. */
async function inspectCityscapes(
  source: CityscapesSource,
  folder: string,
): Promise<CopyState | undefined> {
  if (!isCopy(folder)) return undefined;
  const { origin, ...roots } = inCopy(folder);
  return await inspectHalves((split) => pairsOf(source, split, roots), origin.checked);
}
