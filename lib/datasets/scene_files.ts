import { createHash } from "node:crypto";
import { z } from "zod";
import { startProgress } from "../progress/mod.ts";
import { DamagedDataError } from "./errors.ts";
import type { ScenePlace } from "./read_request.ts";
import { readLabels, readScene } from "./read_scene.ts";
import { remembered, sealsFile, unlessSealed } from "./seal.ts";
import { countLabels, type PixelCounts, type SceneSet } from "./scenes.ts";
import type { CopyState } from "./source.ts";
import type { Origin, PlaceOptions, Split } from "./types.ts";

/** Scenes that are pairs of files. */
export function sceneFiles({ name, classes, places, origin }: {
  name: string;
  classes: number;
  places: readonly ScenePlace[];
  origin: Origin;
}): SceneSet {
  return {
    name,
    classes,
    places,
    origin,
    count: places.length,
    async read(index) {
      const place = places[index];
      if (place !== undefined) return await readScene(place);
      throw new RangeError(
        `Cannot read scene ${index} of "${name}": give a whole number in 0 .. ${places.length - 1}`,
      );
    },
  };
}

const countsSchema = z.strictObject({
  pixels: z.array(z.number()),
  ignored: z.number(),
  images: z.array(z.number()),
  pixelsPerImage: z.number(),
});

// decoded side by side: enough for the cores, few enough for the memory
const AT_ONCE = 8;

/**
 * The pixels of each class in a set: of files they are counted once, and again when a file has changed.
 *
 * @throws {DamagedDataError} as `SceneSet.read`
 */
export async function countPixels(
  set: SceneSet,
  places: PlaceOptions = {},
): Promise<PixelCounts> {
  const { name, classes, count } = set;
  if (set.places === undefined) {
    const maps = Array.from({ length: count }, async (_, i) => (await set.read(i)).labels);
    return countLabels(await Promise.all(maps), classes);
  }
  const masks = set.places;
  const subject = {
    seals: sealsFile(places),
    what: `${name}: pixels of ${classes} classes in ${count} masks`,
    files: masks.map(({ mask }) => mask),
  };
  return await remembered(subject, countsSchema, async () => {
    const parts: PixelCounts[] = [];
    await inBlocks(`Counting the pixels of ${name}`, masks, async (block) => {
      const maps = await Promise.all(block.map(({ mask, form }) => readLabels(mask, form)));
      parts.push(countLabels(maps.map(({ labels }) => labels), classes));
    });
    return together(parts, count);
  });
}

/**
 * Compares the pixels of images and masks, in their order, with their SHA-256, unless these files have been.
 *
 * @throws {DamagedDataError} when they are others
 */
export async function checkScenes(
  { name, places, wanted }: { name: string; places: readonly ScenePlace[]; wanted: string },
  options: PlaceOptions,
): Promise<void> {
  const files = places.flatMap(({ image, mask }) => [image, mask]);
  const subject = { seals: sealsFile(options), what: `${name}: pixels ${wanted}`, files };
  await unlessSealed(subject, async () => {
    const hash = createHash("sha256");
    await inBlocks(`Checking ${name}`, places, async (block) => {
      for (const scene of await Promise.all(block.map((place) => readScene(place)))) {
        hash.update(scene.pixels).update(scene.labels);
      }
    });
    const found = hash.digest("hex");
    if (found === wanted) return;
    throw new DamagedDataError(
      places[0]?.image ?? name,
      `the pixels of ${name} should have SHA-256 ${wanted}, they have ${found}: images or masks are not the official ones. ` +
        "Replace them",
    );
  });
}

/** What there is of a copy, of whose halves `check` throws where one is damaged; `checked` says what is compared. */
export async function inspectHalves(
  check: (split: Split) => unknown,
  checked: string,
): Promise<CopyState> {
  const state = { bytes: 0, lacking: [], train: true, testImages: "all", checked } as const;
  try {
    for (const split of ["train", "test"] as const) await check(split);
    return state;
  } catch (error) {
    if (!(error instanceof DamagedDataError)) throw error;
    return { ...state, damage: `${error.file}: ${error.reason}` };
  }
}

async function inBlocks(
  title: string,
  places: readonly ScenePlace[],
  work: (block: readonly ScenePlace[]) => Promise<void>,
): Promise<void> {
  const progress = startProgress(title, places.length, { unit: "scenes" });
  try {
    for (let first = 0; first < places.length; first += AT_ONCE) {
      await work(places.slice(first, first + AT_ONCE));
      progress.update(Math.min(places.length, first + AT_ONCE));
    }
  } finally {
    progress.finish();
  }
}

function together(parts: readonly PixelCounts[], count: number): PixelCounts {
  const sum = (of: (part: PixelCounts) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const each = (of: (part: PixelCounts) => number[]) =>
    (parts[0] ? of(parts[0]) : []).map((_, c) => sum((part) => of(part)[c]!));
  const [pixels, images, ignored] = [
    each((part) => part.pixels),
    each((part) => part.images),
    sum((part) => part.ignored),
  ];
  const all = pixels.reduce((total, value) => total + value, ignored);
  return { pixels, images, ignored, pixelsPerImage: all / count };
}
