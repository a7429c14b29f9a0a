import { dirname } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { isThere, removeIfThere, withLock } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { addonFor, isBuilt, isLinked, linkAddon } from "./addon.ts";
import { compileAddon } from "./compile_addon.ts";
import { needSpace } from "./disk.ts";
import { downloadWheel, type Target } from "./download.ts";
import { cleaningUp } from "./ending.ts";
import { makeWritable, openToReaders, requireOwn, RUNTIME, unreadable } from "./folder.ts";
import type { Build } from "./options.ts";
import { hasNvidiaDriver, hostPlatform, type Platform } from "./platform.ts";
import { findPython } from "./python.ts";
import { unpackWheel } from "./unpack.ts";
import { CPU_WHEELS, CUDA_WHEELS, TENSORFLOW_VERSION, type Wheel } from "./wheels.ts";

// Raised when the way in which the same versions are installed changes, so that older installations are made anew.
const RECIPE = 1;

/** Where TensorFlow is installed; the defaults are this project's. */
export interface Places {
  /** The folder of everything that is installed. */
  readonly runtime?: string;
  /**
   * The copy of the npm package that looks for the addon: the one that this program loads, which is another project's
   * where that one imports this library.
   */
  readonly package?: string;
}

/** A TensorFlow that can be loaded. */
export interface TensorFlow {
  readonly build: Build;
  /** Paths of the libraries, in the order in which they are to be loaded. */
  readonly libraries: readonly [framework: string, tensorflow: string];
  /** Path of TensorFlow.js's addon. */
  readonly addon: string;
}

/** The build that a setting means on this machine: itself, else what was chosen at set-up, else what the machine has. */
export function chooseBuild(setting: Build | "auto"): Build {
  if (setting !== "auto") return setting;
  const chosen = chosenBuild();
  if (chosen) return chosen;
  return hostPlatform().name === "linux-x86_64" && hasNvidiaDriver() ? "cuda" : "cpu";
}

const CHOICE = `${RUNTIME}/build`;

/** The build chosen by {@linkcode rememberBuild}, if any. */
function chosenBuild(): Build | undefined {
  try {
    const text = Deno.readTextFileSync(CHOICE).trim();
    return text === "cpu" || text === "cuda" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a build the one that "auto" means in this project; "auto" forgets it. */
export async function rememberBuild(setting: Build | "auto") {
  await makeWritable(RUNTIME);
  if (setting === "auto") await removeIfThere(CHOICE);
  else await Deno.writeTextFile(CHOICE, setting);
}

/**
 * What is installed of a build: the libraries' paths, or undefined when it has to be set up.
 *
 * It runs at every start, and takes a millisecond.
 */
export function installedTensorFlow(build: Build, places: Places = {}): TensorFlow | undefined {
  const platform = hostPlatform();
  const folder = folderOf(build, places);
  const copy = packageFolder(places);
  if (!copy || !isComplete(folder, platform)) return undefined;
  const addon = addonFor(copy, folder);
  if (!isLinked(addon)) return undefined;
  return { build, libraries: librariesOf(folder, platform), addon: addon.link };
}

/**
 * Makes sure that a build of TensorFlow is installed, and returns it. Does nothing when it is; else downloads, checks,
 * unpacks and compiles, with progress on stderr, and takes up what a killed set-up left.
 *
 * @throws {Error} With what is missing and what to do
 */
export async function ensureTensorFlow(build: Build, places: Places = {}): Promise<TensorFlow> {
  const runtime = places.runtime ?? RUNTIME;
  const installed = installedTensorFlow(build, places);
  if (installed) {
    await sweep(runtime);
    return installed;
  }
  wheelsOf(build, hostPlatform());
  await makeWritable(runtime);
  const clean = () => Deno.removeSync(`${runtime}/tmp`, { recursive: true });
  await withLock(`${runtime}/lock`, () => cleaningUp(clean, () => setUp(build, places)), {
    onWait: () =>
      log("Another process is setting up TensorFlow or Jupyter here; waiting for it ..."),
  });
  const made = installedTensorFlow(build, places);
  if (!made) {
    throw new Error(`TensorFlow was set up in ${runtime}, but is not there now. Run this again.`);
  }
  return made;
}

async function setUp(build: Build, places: Places) {
  const runtime = places.runtime ?? RUNTIME;
  const platform = hostPlatform();
  const folder = folderOf(build, places);
  const copy = packageFolder(places);
  if (!copy) {
    throw new Error(
      "The npm package @tensorflow/tfjs-node-gpu is not installed. Run `deno install`; a project that imports this one " +
        'needs its `imports` and `"nodeModulesDir": "auto"` in deno.json.',
    );
  }
  const scratch = `${runtime}/tmp/${crypto.randomUUID()}`;
  try {
    if (!isComplete(folder, platform)) {
      await clear(`${runtime}/tmp`);
      await Deno.mkdir(scratch, { recursive: true });
      await installLibraries(build, folder, { python: await findPython(), platform, scratch });
    }
    const addon = addonFor(copy, folder);
    if (!isBuilt(addon)) {
      log("Compiling TensorFlow.js's addon ...");
      await Deno.mkdir(scratch, { recursive: true });
      await compileAddon(addon, { platform, scratch });
    }
    await linkAddon(addon);
    const packages = copy.match(/^.*?[/\\]node_modules(?=[/\\])/)?.[0];
    if (packages !== undefined) await openToReaders(packages);
  } finally {
    await clear(`${runtime}/tmp`);
  }
}

async function installLibraries(build: Build, folder: string, target: Target) {
  const { platform } = target;
  const partial = `${folder}.partial`;
  const wheels = wheelsOf(build, platform);
  const missing = wheels.filter((wheel) => !isThere(markOf(wheel, partial)));
  // Each wheel is removed once it is unpacked, so only one lies there at a time.
  await needSpace(
    dirname(folder),
    missing.reduce((sum, wheel) => sum + wheel.unpackedMB, 0) +
      Math.max(0, ...missing.map((wheel) => wheel.downloadMB)),
    `TensorFlow ${TENSORFLOW_VERSION} (${build})`,
  );
  log(`Setting up TensorFlow ${TENSORFLOW_VERSION} (${build}) in ${dirname(folder)}, once.`);
  for (const old of [folder, partial]) requireOwn(old);
  for (const wheel of missing) await install(wheel, partial, target);
  await writeSeal(partial, platform);
  await removeIfThere(folder);
  await Deno.rename(partial, folder);
}

/** Removes what set-ups left. One that was killed may have left a pip that still writes there: then the next one does. */
async function clear(folder: string) {
  await removeIfThere(folder).catch(() => {});
}

/** Removes what a killed set-up left that others have not had to take up. */
async function sweep(runtime: string) {
  if (!isThere(`${runtime}/tmp`)) return;
  try {
    using lock = await Deno.open(`${runtime}/lock`, { write: true });
    if (await lock.tryLock(true)) await clear(`${runtime}/tmp`);
  } catch {
    // Another user's, who sweeps it.
  }
}

/** Downloads and unpacks one wheel into `partial`; a mark says that it is there whole. */
async function install(wheel: Wheel, partial: string, target: Target) {
  const file = await downloadWheel(wheel, target);
  const unpacked = `${target.scratch}/unpacked`;
  await removeIfThere(unpacked);
  await unpackWheel({ wheel, file, folder: unpacked, python: target.python });
  await removeIfThere(`${target.scratch}/download`);
  const destination = `${partial}/${wheel.root}`;
  await removeIfThere(destination);
  await Deno.mkdir(dirname(destination), { recursive: true });
  await Deno.rename(`${unpacked}/${wheel.root}`, destination);
  await Deno.writeTextFile(markOf(wheel, partial), "");
}

/** What is written last into an installation: what it is, and the sizes by which it is recognised as whole. */
interface Seal {
  readonly tensorflow: string;
  readonly recipe: number;
  readonly sizes: readonly number[];
}

async function writeSeal(folder: string, platform: Platform) {
  const seal: Seal = {
    tensorflow: TENSORFLOW_VERSION,
    recipe: RECIPE,
    sizes: sizes(folder, platform),
  };
  await Deno.writeTextFile(`${folder}/seal.json`, JSON.stringify(seal));
}

function isComplete(folder: string, platform: Platform): boolean {
  try {
    const seal: Seal = JSON.parse(Deno.readTextFileSync(`${folder}/seal.json`));
    return seal.tensorflow === TENSORFLOW_VERSION && seal.recipe === RECIPE &&
      sizes(folder, platform).every((size, index) => size === seal.sizes[index]);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw unreadable(folder, error);
    return false;
  }
}

function sizes(folder: string, platform: Platform): number[] {
  return librariesOf(folder, platform).map((path) => {
    // Opened, since a file that may not be read has a size all the same.
    using file = Deno.openSync(path);
    return file.statSync().size;
  });
}

function librariesOf(folder: string, { libraries }: Platform): TensorFlow["libraries"] {
  return [
    `${folder}/tensorflow/${libraries.framework}`,
    `${folder}/tensorflow/${libraries.tensorflow}`,
  ];
}

function wheelsOf(build: Build, platform: Platform): readonly Wheel[] {
  if (build === "cpu") return CPU_WHEELS[platform.name];
  if (platform.name === "linux-x86_64") return CUDA_WHEELS;
  throw new Error(
    `There is a TensorFlow with CUDA for Linux x86-64 only; this is ${platform.name}. Use HEM_TENSORFLOW=cpu.`,
  );
}

function folderOf(build: Build, { runtime = RUNTIME }: Places): string {
  return `${runtime}/tensorflow-${TENSORFLOW_VERSION}-${build}`;
}

function markOf(wheel: Wheel, partial: string): string {
  return `${partial}/${wheel.name}-${wheel.version}.unpacked`;
}

function packageFolder(places: Places): string | undefined {
  if (places.package) return places.package;
  try {
    // As this program resolves it: in its own node_modules, in that of the project that imports it, or in Deno's cache.
    return dirname(fromFileUrl(import.meta.resolve("@tensorflow/tfjs-node-gpu/package.json")));
  } catch {
    return undefined;
  }
}
