import { fileURLToPath } from "node:url";
import { log, startProgress } from "../progress/mod.ts";
import {
  exists,
  explainPip,
  findPython,
  makeWritable,
  needSpace,
  pipEnvironment,
  removeIfThere,
  runQuietly,
  RUNTIME,
  withLock,
} from "../runtime/mod.ts";

/** A virtual environment with Jupyter in it. */
export interface Jupyter {
  /** Its Python; `-m jupyterlab` and the like run from there. */
  readonly python: string;
  /** The variables that keep Jupyter inside the project's folder. */
  readonly env: Readonly<Record<string, string>>;
}

const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));

// Measured: 290 MB installed; pip unpacks one wheel at a time.
const MEGABYTES = 500;

/**
 * What is installed, or undefined when it has to be set up (never, or from other requirements).
 *
 * @param folder Where; default this project's
 */
export function installedJupyter(folder: string = `${RUNTIME}/jupyter`): Jupyter | undefined {
  try {
    if (Deno.readTextFileSync(sealOf(folder)) !== Deno.readTextFileSync(REQUIREMENTS)) {
      return undefined;
    }
  } catch {
    return undefined;
  }
  const jupyter = describe(folder);
  // The Python that it was made from may have been removed.
  return exists(jupyter.python) ? jupyter : undefined;
}

/**
 * Makes sure that Jupyter and our kernel are installed, in the project's folder only; cheap when they are.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function ensureJupyter(folder: string = `${RUNTIME}/jupyter`): Promise<Jupyter> {
  if (!installedJupyter(folder)) {
    await makeWritable(folder);
    await withLock(
      `${folder}/../lock`,
      "Another process is setting up TensorFlow or Jupyter here; waiting for it ...",
      async () => {
        if (!installedJupyter(folder)) await setUp(folder);
      },
    );
  }
  await ensureKernel(folder);
  return describe(folder);
}

async function setUp(folder: string) {
  const python = await findPython();
  await needSpace(folder, MEGABYTES, "Jupyter");
  await removeIfThere(folder);
  log(`Setting up Jupyter in ${folder}, once.`);
  const made = await runQuietly(python.command, ["-m", "venv", folder]);
  if (!made.success) {
    throw new Error(
      `A virtual environment for Jupyter could not be made with ${python.command} ${python.version}: ${
        (made.stderr + made.stdout).trim().split("\n").slice(0, 3).join(" ")
      }. Install Python's venv, e.g. \`apt install python3-venv\`, and run this again.`,
    );
  }
  const temporary = `${folder}/tmp`;
  await Deno.mkdir(temporary, { recursive: true });
  // pip says nothing while it works that could be counted; the time is about that of a download of 60 MB.
  const progress = startProgress("Installing JupyterLab, nbclient and nbconvert", 1);
  try {
    const { success, stderr } = await runQuietly(
      describe(folder).python,
      [
        ...["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:"],
        ...["-r", REQUIREMENTS],
      ],
      pipEnvironment(temporary),
    );
    if (!success) throw new Error(explainPip("Jupyter", stderr));
    progress.update(1);
  } finally {
    progress.finish();
  }
  await removeIfThere(temporary);
  await Deno.copyFile(REQUIREMENTS, sealOf(folder));
}

/** The requirements that were installed; written last. */
function sealOf(folder: string): string {
  return `${folder}/installed-requirements.txt`;
}

function describe(folder: string): Jupyter {
  return {
    python: `${folder}/bin/python`,
    env: {
      JUPYTER_DATA_DIR: `${folder}/share/jupyter`,
      JUPYTER_CONFIG_DIR: `${folder}/etc/user`,
      JUPYTER_RUNTIME_DIR: `${folder}/runtime`,
      IPYTHONDIR: `${folder}/ipython`,
    },
  };
}

/** The kernel's name in notebooks' metadata. */
export const KERNEL = "deno";

/** The file that describes the kernel to Jupyter. */
export function kernelSpecPath(folder: string = `${RUNTIME}/jupyter`): string {
  return `${folder}/share/jupyter/kernels/${KERNEL}/kernel.json`;
}

/**
 * What the file says. With `interrupt_mode` "message" the stop button interrupts the cell; without it, Jupyter sends
 * SIGINT, which ends the kernel.
 */
export function kernelSpec(): string {
  return JSON.stringify(
    {
      argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
      interrupt_mode: "message",
    },
    null,
    2,
  );
}

async function ensureKernel(folder: string) {
  const path = kernelSpecPath(folder);
  if (exists(path) && await Deno.readTextFile(path) === kernelSpec()) return;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(temporary, kernelSpec());
  await Deno.rename(temporary, path);
}
