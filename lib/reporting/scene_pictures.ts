/** The pictures of test scenes that the stage `segmentation` keeps beside a trial's weights. */
import { join } from "node:path";
import { isFile } from "../files/mod.ts";
import type { Results } from "./results_table.ts";

/** What a class of a set of scenes is called, and drawn in. */
export interface SceneClass {
  name: string;
  colour: [number, number, number];
}

/** The folder of a trial's pictures; undefined where it has none. */
export function scenesFolder({ folder }: Results, trialId: string): string | undefined {
  if (folder === undefined) return undefined;
  const scenes = join(folder, "runs", trialId, "scenes");
  return isFile(join(scenes, "classes.json")) ? scenes : undefined;
}

/** The classes of the set that a folder's pictures are of. */
export function sceneClasses(scenes: string): SceneClass[] {
  return JSON.parse(Deno.readTextFileSync(join(scenes, "classes.json")));
}

/** How many scenes a folder has. */
export function sceneCount(scenes: string): number {
  let count = 0;
  while (isFile(join(scenes, `${count}_image.png`))) count++;
  return count;
}
