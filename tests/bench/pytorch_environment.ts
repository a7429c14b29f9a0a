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

const FOLDER = `${RUNTIME}/pytorch`;
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));

// Measured on Linux x86-64, where the package index's PyTorch brings CUDA's libraries; one without is 1000.
const MEGABYTES = 9000;

/** The Python of the virtual environment with PyTorch, or undefined when it has to be made. */
export function installedPyTorch(): string | undefined {
  return isInstalled(FOLDER, REQUIREMENTS) ? pythonOf(FOLDER) : undefined;
}

/**
 * Makes a virtual environment with the pinned PyTorch in .runtime/pytorch; returns its Python.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function setUpPyTorch(): Promise<string> {
  await makeWritable(RUNTIME);
  await withLock(`${RUNTIME}/pytorch.lock`, async () => {
    if (!installedPyTorch()) await install();
  }, { onWait: () => log("Another process is setting up PyTorch here; waiting for it ...") });
  return pythonOf(FOLDER);
}

async function install() {
  await makeVirtualEnvironment({
    name: "PyTorch",
    folder: FOLDER,
    requirements: REQUIREMENTS,
    megabytes: MEGABYTES,
    label: "Installing PyTorch (up to 3 GB are downloaded)",
  });
}
