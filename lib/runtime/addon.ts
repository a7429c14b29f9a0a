import { createHash } from "node:crypto";
import { basename, dirname, relative } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { isThere, removeIfThere } from "../files/mod.ts";
import { TENSORFLOW_VERSION } from "./wheels.ts";

/** TensorFlow.js's addon for one copy of its npm package, on one installation of TensorFlow. */
export interface Addon {
  /** The folder of the npm package, with the C++ sources in `binding`. */
  readonly package: string;
  /** The folder that holds TensorFlow's libraries and headers in `tensorflow`. */
  readonly installation: string;
  /** The compiled file. Its folder is named by what it is compiled from, so that other sources never find it. */
  readonly file: string;
  /** Where the npm package looks for it. */
  readonly link: string;
}

const ADDON = "tfjs_binding.node";

// Besides the package's own: what is added to them, and how they are compiled.
const OWN_SOURCES = ["binding.h", "binding.cc", "compile_addon.ts"]
  .map((name) => fromFileUrl(new URL(name, import.meta.url)));

/**
 * The addon for a copy of the npm package on an installation of TensorFlow, built or not.
 *
 * @throws {Error} When the package has no sources
 */
export function addonFor(copy: string, installation: string): Addon {
  const key = sourcesKey(copy).slice(0, 12);
  return {
    package: copy,
    installation,
    file: `${installation}/addons/${key}/${ADDON}`,
    // N-API 8 is what the package's own prebuilt addon is compiled for, and where it looks for it.
    link: `${copy}/lib/napi-v8/${ADDON}`,
  };
}

function sourcesKey(copy: string): string {
  const binding = `${copy}/binding`;
  try {
    const names = Array.from(Deno.readDirSync(binding), ({ name }) => name).sort();
    const hash = createHash("sha256").update(TENSORFLOW_VERSION);
    for (const path of [...names.map((name) => `${binding}/${name}`), ...OWN_SOURCES]) {
      hash.update("\0").update(Deno.readFileSync(path));
    }
    return hash.digest("hex");
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`The sources of TensorFlow.js's addon cannot be read in ${binding}: ${reason}`);
  }
}

/** Whether the addon is there whole. */
export function isBuilt({ file }: Addon): boolean {
  return isThere(file) && isThere(sizeFile(file)) &&
    Deno.readTextFileSync(sizeFile(file)) === String(Deno.statSync(file).size);
}

/** Whether the npm package finds an addon that is built from its sources, in this installation or another one. */
export function isLinked(addon: Addon): boolean {
  if (!isThere(addon.link)) return false;
  const file = Deno.realPathSync(addon.link);
  return basename(dirname(file)) === basename(dirname(addon.file)) && isBuilt({ ...addon, file });
}

/**
 * Puts a link to the addon where the npm package looks for it. One link serves both builds of TensorFlow: the addons are
 * the same, and use the libraries that are already loaded.
 *
 * @throws {Deno.errors.PermissionDenied} When the package's folder cannot be written
 */
export async function linkAddon({ file, link }: Addon) {
  const folder = dirname(link);
  const temporary = `${link}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    // A file is what the package's own install script downloaded, for a TensorFlow of its own; that is kept.
    if (await isOwnFile(link)) await Deno.rename(link, `${link}.original`);
    // Relative, and from where the folders really are, so that the project can be moved.
    const [from, to] = [await Deno.realPath(folder), await Deno.realPath(file)];
    await Deno.symlink(relative(from, to), temporary);
    await Deno.rename(temporary, link);
  } catch (error) {
    await removeIfThere(temporary).catch(() => {});
    const reason = error instanceof Error ? error.message : error;
    throw new Deno.errors.PermissionDenied(
      `TensorFlow.js looks for its addon in ${folder}, where it cannot be linked (${reason}). Make that folder ` +
        "writable, or let its owner run this once.",
    );
  }
}

async function isOwnFile(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Marks the addon as whole; its size is by what half of one is told. */
export async function sealAddon({ file }: Addon) {
  await Deno.writeTextFile(sizeFile(file), String((await Deno.stat(file)).size));
}

function sizeFile(file: string): string {
  return `${file}.size`;
}
