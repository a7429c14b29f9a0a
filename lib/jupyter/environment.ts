import { fileURLToPath } from "node:url";
import { isThere, withLock, writeAtomically } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import {
  isInstalled,
  makeVirtualEnvironment,
  makeWritable,
  pythonOf,
  requireOwn,
  RUNTIME,
} from "../runtime/mod.ts";

/** A virtual environment with Jupyter in it. */
export interface Jupyter {
  /** Its Python; `-m jupyterlab` and the like run from there. */
  readonly python: string;
  /** The variables that keep Jupyter inside the project's folder. */
  readonly env: Readonly<Record<string, string>>;
}

const KERNEL_SCRIPT = fileURLToPath(new URL("./kernel.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));

// Measured: 290 MB installed; pip unpacks one wheel at a time.
const MEGABYTES = 500;

/**
 * What is installed, or undefined when it has to be set up (never, or from other requirements).
 *
 * @param folder Where; default this project's
 */
export function installedJupyter(folder: string = `${RUNTIME}/jupyter`): Jupyter | undefined {
  return isInstalled(folder, REQUIREMENTS) ? describe(folder) : undefined;
}

/**
 * Makes sure that Jupyter and our kernel are installed, in the project's folder only; cheap when they are.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function ensureJupyter(folder: string = `${RUNTIME}/jupyter`): Promise<Jupyter> {
  if (!installedJupyter(folder)) {
    await makeWritable(folder);
    await withLock(`${folder}/../lock`, async () => {
      if (!installedJupyter(folder)) await setUp(folder);
    }, {
      onWait: () =>
        log("Another process is setting up TensorFlow or Jupyter here; waiting for it ..."),
    });
  }
  await ensureKernel(folder);
  // Jupyter writes there what it needs while it runs.
  await makeWritable(`${folder}/runtime`);
  return describe(folder);
}

async function setUp(folder: string) {
  await makeVirtualEnvironment({
    name: "Jupyter",
    folder,
    requirements: REQUIREMENTS,
    megabytes: MEGABYTES,
    label: "Installing JupyterLab, nbclient and nbconvert",
    flags: ["--require-hashes"],
  });
}

function describe(folder: string): Jupyter {
  return {
    python: pythonOf(folder),
    env: {
      JUPYTER_DATA_DIR: `${folder}/share/jupyter`,
      JUPYTER_CONFIG_DIR: `${folder}/etc/user`,
      JUPYTER_RUNTIME_DIR: `${folder}/runtime`,
      IPYTHONDIR: `${folder}/ipython`,
    },
  };
}

/**
 * Makes sure that Jupyter and its kernel can talk to each other.
 *
 * @throws {Error} Where this machine has no loopback interface, as in some containers
 */
export async function requireLoopback(hostname = "127.0.0.1") {
  try {
    using listener = Deno.listen({ hostname, port: 0 });
    const accepted = listener.accept();
    using _ours = await Deno.connect({ hostname, port: listener.addr.port });
    using _theirs = await accepted;
  } catch (error) {
    throw new Error(
      `Jupyter talks to its kernel by way of ${hostname}, which cannot be used here ` +
        `(${
          error instanceof Error ? error.message : error
        }). Bring the loopback interface up, e.g. ` +
        "`ip link set lo up`, or allow it in the container or sandbox.",
    );
  }
}

/** The kernel's name in notebooks' metadata. */
export const KERNEL = "deno";

/** The file that describes the kernel to Jupyter. */
export function kernelSpecPath(folder: string = `${RUNTIME}/jupyter`): string {
  return `${folder}/share/jupyter/kernels/${KERNEL}/kernel.json`;
}

/**
 * What the file says. With `interrupt_mode` "message" the stop button interrupts the cell; without it, Jupyter sends
 * SIGINT, which ends the kernel. What the message becomes says `kernel.py`, through which Deno's kernel runs.
 */
export function kernelSpec(folder: string = `${RUNTIME}/jupyter`): string {
  return JSON.stringify(
    {
      argv: [pythonOf(folder), "-I", KERNEL_SCRIPT, Deno.execPath(), "{connection_file}"],
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
  if (isThere(path) && await Deno.readTextFile(path) === kernelSpec(folder)) return;
  requireOwn(path);
  writeAtomically(path, kernelSpec(folder));
}
