import { fileURLToPath } from "node:url";
import { withLock } from "../../lib/files/mod.ts";
import { log } from "../../lib/progress/mod.ts";
import {
  isInstalled,
  makeVirtualEnvironment,
  makeWritable,
  pythonOf,
  RUNTIME,
} from "../../lib/runtime/mod.ts";

const FOLDER = `${RUNTIME}/avalanche`;
const REQUIREMENTS = fileURLToPath(new URL("avalanche_requirements.txt", import.meta.url));

// PyTorch's, as in pytorch_environment.ts, and avalanche-lib's own requirements.
const MEGABYTES = 9500;

/** The Python of the virtual environment with avalanche-lib, or undefined when it has to be made. */
export function installedAvalanche(): string | undefined {
  return isInstalled(FOLDER, REQUIREMENTS) ? pythonOf(FOLDER) : undefined;
}

/**
 * Makes a virtual environment with the pinned avalanche-lib in .runtime/avalanche; returns its Python.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function setUpAvalanche(): Promise<string> {
  await makeWritable(RUNTIME);
  await withLock(`${RUNTIME}/avalanche.lock`, async () => {
    if (installedAvalanche() !== undefined) return;
    await makeVirtualEnvironment({
      name: "avalanche-lib",
      folder: FOLDER,
      requirements: REQUIREMENTS,
      megabytes: MEGABYTES,
      label: "Installing avalanche-lib (up to 3.5 GB are downloaded)",
    });
  }, { onWait: () => log("Another process is setting up avalanche-lib here; waiting for it ...") });
  return pythonOf(FOLDER);
}
