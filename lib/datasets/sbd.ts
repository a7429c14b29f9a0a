import { join } from "node:path";
import { isFile, isThere } from "../files/mod.ts";
import { DamagedDataError, MissingDataError } from "./errors.ts";
import { datasetFacts } from "./facts.ts";
import { copyFolders, sourceFolder } from "./places.ts";
import type { ScenePlace } from "./read_request.ts";
import { inspectHalves, sceneFiles } from "./scene_files.ts";
import { pairOf } from "./scene_pairs.ts";
import type { SceneDataset, SceneSet } from "./scenes.ts";
import type { CopyState, DataSource } from "./source.ts";
import { findOfficial, howToGet, isUnpacked, unpackOfficial } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Origin, PlaceOptions, Split } from "./types.ts";

/** SBD's source. */
export interface SbdSource extends DataSource {
  files: readonly [RemoteFile];
  /** How many images each half has; the test half are the validation images. */
  images: Record<Split, number>;
}

/**
 * The Semantic Boundaries Dataset (Hariharan et al. 2011): photographs of any size with the 20 classes of PASCAL VOC and the
 * background, in the split of its authors.
 *
 * MD5: torchvision 0.20.1. Classes and colours: PASCAL VOC's.
 */
export const SBD: SbdSource = {
  name: "sbd",
  title: "SBD",
  licence: "for research",
  address: "http://home.bharathh.info/pubs/codes/SBD/download.html",
  files: [{
    name: "benchmark.tgz",
    urls: [
      "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/semantic_contours/benchmark.tgz",
    ],
    md5: "82b4d87ceb2ed10f6038a1cba92111cb",
  }],
  // as the archive unpacks, and as people call the folder that torchvision makes of it
  unpacked: ["benchmark_RELEASE/dataset", "sbd", "SBD"],
  ownUnpacked: ["."],
  notTaken: Object.fromEntries(
    ["VOCdevkit", "VOCtrainval_11-May-2012.tar"].map((name) => [
      name,
      "it is PASCAL VOC 2012, of whose images SBD annotates other, and more; wanted is benchmark.tgz",
    ]),
  ),
  inspectCopy(this: SbdSource, folder: string) {
    return inspectSbd(this, folder);
  },
  images: datasetFacts("sbd").images,
};

const CLASS_NAMES = [
  "background",
  "aeroplane",
  "bicycle",
  "bird",
  "boat",
  "bottle",
  "bus",
  "car",
  "cat",
  "chair",
  "cow",
  "dining table",
  "dog",
  "horse",
  "motorbike",
  "person",
  "potted plant",
  "sheep",
  "sofa",
  "train",
  "tv/monitor",
];

const LISTS: Record<Split, string> = { train: "train.txt", test: "val.txt" };

/**
 * Loads SBD from the official archive, which is unpacked beside itself, or from an unpacked copy: folders img and cls with the
 * lists train.txt and val.txt, in whose order the images are.
 *
 * @throws {MissingDataError} when neither is there
 * @throws {DamagedDataError} when the archive is not the official one, a list names what is not there, or has another length
 */
export async function loadSbd(
  places: PlaceOptions = {},
  source: SbdSource = SBD,
): Promise<SceneDataset> {
  const { folder, origin } = await findFolder(source, places);
  const half = (split: Split): SceneSet =>
    sceneFiles({
      name: `${source.name} ${split}`,
      classes: CLASS_NAMES.length,
      places: pairsOf(source, split, folder),
      origin: { ...origin, official: source.images[split] },
    });
  return {
    name: source.name,
    classes: CLASS_NAMES.length,
    classNames: CLASS_NAMES,
    colours: CLASS_NAMES.map((_, label) => vocColour(label)),
    train: half("train"),
    test: half("test"),
  };
}

async function findFolder(
  source: SbdSource,
  places: PlaceOptions,
): Promise<{ folder: string; origin: Pick<Origin, "form" | "checked"> }> {
  const [file] = source.files;
  const archive = findOfficial(source, file, places) ??
    join(sourceFolder(source, places), file.name);
  if (isThere(archive) || await isUnpacked(archive, file)) {
    const select = (path: string) => /\/dataset\/((img|cls)\/|(train|val)\.txt$)/.test(path);
    const folder = join(
      await unpackOfficial(archive, file, { select }),
      "benchmark_RELEASE/dataset",
    );
    return { folder, origin: { form: "official file", checked: "MD5" } };
  }
  const copy = copyFolders(source, places).find(isCopy);
  if (copy !== undefined) {
    const checked = "number of images and masks";
    return { folder: copy, origin: { form: "unpacked copy", checked } };
  }
  throw new MissingDataError(source.name, {
    reason: `${file.name} is not in ${
      sourceFolder(source, places)
    }, nor its folder with img, cls, train.txt and val.txt`,
    whatToDo: howToGet(source, places),
  });
}

/** The images that a list names, each with its mask. */
function pairsOf(source: SbdSource, split: Split, folder: string): ScenePlace[] {
  const list = join(folder, LISTS[split]);
  if (!isFile(list)) throw new DamagedDataError(folder, `it has no ${LISTS[split]}`);
  const stems = Deno.readTextFileSync(list).split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  if (stems.length !== source.images[split]) {
    throw new DamagedDataError(
      list,
      `it names ${stems.length} images instead of ${source.images[split]}. Replace it by that of ${
        source.files[0].name
      }`,
    );
  }
  const seen = new Set<string>();
  const twice = stems.find((stem) => seen.size === seen.add(stem).size);
  if (twice !== undefined) throw new DamagedDataError(list, `it names ${twice} twice`);
  return stems.map((stem) => ({
    ...pairOf(join(folder, "img", `${stem}.jpg`), join(folder, "cls", `${stem}.mat`)),
    form: "sbd",
  }));
}

function isCopy(folder: string): boolean {
  return ["img", "cls"].every((name) => isThere(join(folder, name)));
}

/** What `deno task data` finds of a copy. */
async function inspectSbd(source: SbdSource, folder: string): Promise<CopyState | undefined> {
  if (!isCopy(folder)) return undefined;
  const checked = "number of images and masks";
  return await inspectHalves((split) => pairsOf(source, split, folder), checked);
}

/** PASCAL VOC's colour of a class: the bits of its number, three by three, from the highest bit of each channel down. */
function vocColour(label: number): [number, number, number] {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bit = 7, rest = label; rest > 0; bit--, rest >>= 3) {
    for (let c = 0; c < 3; c++) colour[c]! |= ((rest >> c) & 1) << bit;
  }
  return colour;
}
