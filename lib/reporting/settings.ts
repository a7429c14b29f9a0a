import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { dataFolder, type Scale, scales } from "../trials/mod.ts";

/** Where reporting reads and writes, and what scale was asked for. */
export interface Settings {
  /** The scale of every figure; absent: the largest that a section has results of. */
  scale?: Scale;
  /** The folder that holds results/. */
  data: string;
  /** The folder that figures are written to. */
  figures: string;
}

/** The project's folder, found from this file so that a notebook's folder does not matter. */
export const projectFolder: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Reads HEM_SCALE and HEM_DATA (default data/ of the project); the only place of reporting that
 * looks at the environment.
 *
 * @throws {RangeError} where HEM_SCALE names no scale.
 */
export function readSettings(
  environment: { get(name: string): string | undefined } = Deno.env,
): Settings {
  const folders = {
    data: dataFolder(undefined, environment),
    figures: resolve(projectFolder, "figures"),
  };
  const scale = environment.get("HEM_SCALE");
  if (!scale) return folders;
  if (!(scales as readonly string[]).includes(scale)) {
    throw new RangeError(`Cannot use HEM_SCALE="${scale}": wanted one of ${scales.join(", ")}`);
  }
  return { ...folders, scale: scale as Scale };
}
