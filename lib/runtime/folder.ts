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
