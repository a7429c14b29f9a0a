import { loadCamVid } from "./camvid.ts";
import { loadCityscapes } from "./cityscapes.ts";
import { loadSbd } from "./sbd.ts";
import type { SceneDataset } from "./scenes.ts";
import type { PlaceOptions } from "./types.ts";

/** Every set of scenes that is files; a new one is a line here. */
const LOADERS = { camvid: loadCamVid, cityscapes: loadCityscapes, sbd: loadSbd };

/** The names of the sets of scenes that can be loaded. */
export const sceneNames: readonly string[] = Object.keys(LOADERS);

/**
 * Loads a set of images with label maps from files on this machine; nothing is downloaded.
 *
 * @throws {RangeError} when there is none of that name
 * @throws {MissingDataError} when files are not there; the message says what to do
 * @throws {DamagedDataError} when a file is not the official one, or its twin is missing
 *
 * ```ts
 * const { train, classes } = await loadScenes("camvid");
 * ```
 */
export async function loadScenes(name: string, places: PlaceOptions = {}): Promise<SceneDataset> {
  if (Object.hasOwn(LOADERS, name)) return await LOADERS[name as keyof typeof LOADERS](places);
  throw new RangeError(`No set of scenes is named "${name}"; there are ${sceneNames.join(", ")}`);
}
