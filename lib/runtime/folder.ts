import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at the end. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** Where everything that is installed for this project lies, besides node_modules. */
export const RUNTIME = `${PROJECT}.runtime`;

/**
 * Makes sure that what is to be made anew is this user's own.
 *
 * @throws {Deno.errors.PermissionDenied} When someone else made it
 */
export function requireOwn(folder: string) {
  let owner: number | null;
  try {
    owner = Deno.lstatSync(folder).uid;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw unreadable(folder, error);
  }
  const own = Deno.uid();
  if (owner === null || own === null || owner === own) return;
  throw new Deno.errors.PermissionDenied(
    `${folder} does not fit and would have to be made anew, but another user made it (user ${owner}; you are ${own}). ` +
      "Let that user run this, or copy the project to a folder of your own.",
  );
}

/** The error for what is there and may not be read: no damage, and nothing to be removed. */
export function unreadable(path: string, error: unknown): Deno.errors.PermissionDenied {
  const reason = error instanceof Error ? error.message : error;
  return new Deno.errors.PermissionDenied(
    `${path} cannot be read by you (${reason}). Ask its owner for it, e.g. \`chmod -R a+rX\` on that folder, or copy ` +
      "the project to a folder of your own.",
  );
}

/**
 * What Deno says of a package with a file that this user may not read, with what to do; any other error as it is.
 */
export function readableError(error: unknown): unknown {
  const path = String(error).match(/Failed reading '(.+?[/\\]node_modules)[/\\].+?'/)?.[1];
  return path === undefined ? error : unreadable(path, error);
}

/**
 * Lets everybody read what they can see in a folder of packages: some packages come with files for their owner alone, and of
 * a folder that others read no program of theirs could then load those.
 */
export async function openToReaders(folder: string) {
  const { mode, uid } = await Deno.stat(folder);
  if (mode === null || (mode & FOR_ALL) === 0 || uid !== Deno.uid()) return;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await openToReaders(path);
    if (!entry.isFile) continue;
    const { mode } = await Deno.stat(path);
    if ((mode! & FOR_ALL) === 0) await Deno.chmod(path, (mode! & 0o777) | FOR_ALL | 0o040);
  }
}

// Others may read.
const FOR_ALL = 0o004;

/**
 * Makes a folder for things to be installed in.
 *
 * @throws {Deno.errors.PermissionDenied} When it cannot be written
 */
export async function makeWritable(folder: string) {
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: "writable-" }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    const reason = error instanceof Error ? error.message : error;
    throw new Deno.errors.PermissionDenied(
      `The folder ${folder} must be writable, since TensorFlow and Jupyter are installed there (${reason}). ` +
        "Make it writable, or copy the project to a folder that is.",
    );
  }
}
