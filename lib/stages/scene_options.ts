import type { Trial } from "../trials/mod.ts";

/** How a trial's scenes are seen, from the options of its data set. */
export interface SceneOptions {
  /** Height and width of what is learnt from: a crop, or a padded scene. */
  size: readonly [height: number, width: number];
  /** What scenes are resized to first, in training and in the test; absent: their own size. */
  resize?: readonly [height: number, width: number];
  /** Changes of training scenes at random, see `trainingViews`; absent: none. */
  scale?: number;
  colour?: number;
  noise?: number;
}

const NAMES = ["height", "width", "resizeHeight", "resizeWidth", "scale", "colour", "noise"];

/**
 * Reads the options of a trial's data set.
 *
 * @throws {RangeError} for an option that there is not, or one that is no number, and where one of two sides is missing
 */
export function sceneOptions({ dataset }: Pick<Trial, "dataset">): SceneOptions {
  const options = dataset.options ?? {};
  for (const [name, value] of Object.entries(options)) {
    if (NAMES.includes(name) && typeof value === "number") continue;
    throw new RangeError(
      `Scenes have no option "${name}" of value ${value}; there are the numbers ${
        NAMES.join(", ")
      }`,
    );
  }
  const { height, width, resizeHeight, resizeWidth, ...changes } = options as Record<
    string,
    number
  >;
  if (height === undefined || width === undefined) {
    throw new RangeError(`Scenes of "${dataset.name}" need the options height and width`);
  }
  if (resizeHeight === undefined && resizeWidth === undefined) {
    return { size: [height, width], ...changes };
  }
  if (resizeHeight === undefined || resizeWidth === undefined) {
    throw new RangeError(
      `Scenes of "${dataset.name}" that are resized need both resizeHeight and resizeWidth`,
    );
  }
  return { size: [height, width], resize: [resizeHeight, resizeWidth], ...changes };
}
