import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at the end. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** Where everything that is installed for this project lies, besides node_modules. */
export const RUNTIME = `${PROJECT}.runtime`;

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
