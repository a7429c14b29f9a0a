import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageCorruptionList, imageCorruptionLists } from "../corruptions/mod.ts";
import { dataFolder, type Scale, scales } from "../trials/mod.ts";

/** Where reporting reads and writes, and what scale was asked for. */
export interface Settings {
  /** The scale of every figure; absent: the largest that a section has results of. */
  scale?: Scale;
  /** Over which corruptions of colour images the mean is; absent: 18, as many as the paper has. */
  corruptions?: ImageCorruptionList;
  /** Conditions with trials whose batches went through the network in parts of so many images show those; absent: none does. */
  microBatch?: number;
  /** The folder that holds results/. */
  data: string;
  /** The folder that figures are written to. */
  figures: string;
}

/** The lists of corruptions that can be chosen. */
export const corruptionLists = Object.keys(imageCorruptionLists) as ImageCorruptionList[];

/** The project's folder, found from this file so that a notebook's folder does not matter. */
export const projectFolder: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Reads HEM_SCALE, HEM_CORRUPTIONS, HEM_MICRO_BATCH, HEM_DATA and HEM_FIGURES (default data/ and figures/ of the project); the
 * only place of reporting that looks at the environment.
 *
 * @throws {RangeError} where HEM_SCALE names no scale, HEM_CORRUPTIONS no list, or HEM_MICRO_BATCH no number of images.
 */
export function readSettings(
  environment: { get(name: string): string | undefined } = Deno.env,
): Settings {
  const chosen = <Choice extends string>(name: string, choices: readonly Choice[]) => {
    const value = environment.get(name);
    if (!value || choices.includes(value as Choice)) return value as Choice | undefined;
    throw new RangeError(`Cannot use ${name}="${value}": wanted one of ${choices.join(", ")}`);
  };
  const scale = chosen("HEM_SCALE", scales);
  const corruptions = chosen("HEM_CORRUPTIONS", corruptionLists);
  const microBatch = environment.get("HEM_MICRO_BATCH");
  if (microBatch && !/^[1-9]\d*$/.test(microBatch)) {
    throw new RangeError(
      `Cannot use HEM_MICRO_BATCH="${microBatch}": wanted a whole number of at least 1`,
    );
  }
  return {
    data: dataFolder(undefined, environment),
    figures: resolve(projectFolder, environment.get("HEM_FIGURES") || "figures"),
    ...(scale && { scale }),
    ...(corruptions && { corruptions }),
    ...(microBatch && { microBatch: Number(microBatch) }),
  };
}
