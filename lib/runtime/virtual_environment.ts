import { isThere, removeIfThere } from "../files/mod.ts";
import { log, startProgress } from "../progress/mod.ts";
import { needSpace } from "./disk.ts";
import { explainPip, pipEnvironment } from "./download.ts";
import { cleaningUp } from "./ending.ts";
import { requireOwn, unreadable } from "./folder.ts";
import { ENDS_WITH_US, findPython, runQuietly } from "./python.ts";

/** A virtual environment of Python and what is installed in it. */
export interface VirtualEnvironment {
  /** What it is for, in messages: "Jupyter". */
  readonly name: string;
  readonly folder: string;
  /** The file of pinned requirements. */
  readonly requirements: string;
  /** Disk space that it needs. */
  readonly megabytes: number;
  /** What the progress says. */
  readonly label: string;
  /** More flags for `pip install`. */
  readonly flags?: readonly string[];
}

/** The Python of an environment. */
export function pythonOf(folder: string): string {
  return `${folder}/bin/python`;
}

/**
 * Whether the environment is there whole, from these requirements, and the Python it was made from as well.
 *
 * @throws {Deno.errors.PermissionDenied} When it is there and may not be read
 */
export function isInstalled(folder: string, requirements: string): boolean {
  try {
    if (Deno.readTextFileSync(sealOf(folder)) !== Deno.readTextFileSync(requirements)) return false;
    return isThere(pythonOf(folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) return false;
    // The environment's Python is a link to the one that it was made from, which may lie in its maker's home.
    throw unreadable(pythonOf(folder), error);
  }
}

/**
 * Makes the environment anew; hold a lock meanwhile.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function makeVirtualEnvironment(environment: VirtualEnvironment) {
  requireOwn(environment.folder);
  const remove = () => Deno.removeSync(environment.folder, { recursive: true });
  await cleaningUp(remove, async () => {
    try {
      await make(environment);
    } catch (error) {
      // A child may hear of the terminal's closing before this process does.
      await removeIfThere(environment.folder);
      throw error;
    }
  });
}

async function make(environment: VirtualEnvironment) {
  const { name, folder, requirements, megabytes, label, flags = [] } = environment;
  const python = await findPython();
  await needSpace(folder, megabytes, name);
  await removeIfThere(folder);
  log(`Setting up ${name} in ${folder}, once.`);
  const temporary = `${folder}/tmp`;
  await Deno.mkdir(temporary, { recursive: true });
  const made = await runQuietly(
    python.command,
    [...ENDS_WITH_US, "-m", "venv", folder],
    pipEnvironment(temporary),
  );
  if (!made.success) {
    const reason = (made.stderr + made.stdout).trim().split("\n").slice(0, 3).join(" ");
    throw new Error(
      `A virtual environment for ${name} could not be made with ${python.command} ${python.version}: ${reason}. ` +
        "Install Python's venv, e.g. `apt install python3-venv`, and run this again.",
    );
  }
  // pip says nothing while it works that could be counted.
  const progress = startProgress(label, 1);
  try {
    const { success, stderr } = await runQuietly(
      pythonOf(folder),
      [
        ...[...ENDS_WITH_US, "-m", "pip", "install", "--quiet", "--only-binary=:all:"],
        ...flags,
        ...["-r", requirements],
      ],
      pipEnvironment(temporary),
    );
    if (!success) throw new Error(explainPip(name, stderr));
    progress.update(1);
  } finally {
    progress.finish();
  }
  await removeIfThere(temporary);
  await Deno.copyFile(requirements, sealOf(folder));
}

/** The requirements that were installed; written last. */
function sealOf(folder: string): string {
  return `${folder}/installed-requirements.txt`;
}
