import { fileURLToPath } from "node:url";
import { log, startProgress } from "../../lib/progress/mod.ts";
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
} from "../../lib/runtime/mod.ts";

const FOLDER = `${RUNTIME}/pytorch`;
const PYTHON = `${FOLDER}/bin/python`;
// A copy of the requirements, written last.
const SEAL = `${FOLDER}/installed-requirements.txt`;
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));

// Measured on Linux x86-64, where the package index's PyTorch brings CUDA's libraries; one without is 1000.
const MEGABYTES = 9000;

/** The Python of the virtual environment with PyTorch, or undefined when it has to be made. */
export function installedPyTorch(): string | undefined {
  const complete = exists(SEAL) && exists(PYTHON) &&
    Deno.readTextFileSync(SEAL) === Deno.readTextFileSync(REQUIREMENTS);
  return complete ? PYTHON : undefined;
}

/**
 * Makes a virtual environment with the pinned PyTorch in .runtime/pytorch; returns its Python.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function setUpPyTorch(): Promise<string> {
  await makeWritable(RUNTIME);
  await withLock(
    `${RUNTIME}/pytorch.lock`,
    "Another process is setting up PyTorch here; waiting for it ...",
    async () => {
      if (!installedPyTorch()) await install();
    },
  );
  return PYTHON;
}

async function install() {
  const python = await findPython();
  await needSpace(RUNTIME, MEGABYTES, "PyTorch");
  await removeIfThere(FOLDER);
  log(`Setting up PyTorch in ${FOLDER}, once.`);
  const made = await runQuietly(python.command, ["-m", "venv", FOLDER]);
  if (!made.success) {
    const reason = (made.stderr + made.stdout).trim().split("\n").slice(0, 3).join(" ");
    throw new Error(
      `A virtual environment for PyTorch could not be made with ${python.command} ${python.version}: ${reason}. ` +
        "Install Python's venv, e.g. `apt install python3-venv`, and run this again.",
    );
  }
  const temporary = `${FOLDER}/tmp`;
  await Deno.mkdir(temporary, { recursive: true });
  const progress = startProgress("Installing PyTorch (up to 3 GB are downloaded)", 1);
  try {
    const { success, stderr } = await runQuietly(
      PYTHON,
      ["-m", "pip", "install", "--quiet", "--only-binary=:all:", "-r", REQUIREMENTS],
      pipEnvironment(temporary),
    );
    if (!success) throw new Error(explainPip("PyTorch", stderr));
    progress.update(1);
  } finally {
    progress.finish();
  }
  await removeIfThere(temporary);
  await Deno.copyFile(REQUIREMENTS, SEAL);
}
