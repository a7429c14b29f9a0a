import { removeIfThere } from "./remove.ts";

/**
 * Makes a folder whole or not at all: `fill` works in a temporary one beside it, which takes its place at the end and is
 * removed when `fill` fails. What was there before stays until then. For one process at a time: see `withLock`.
 *
 * @returns What `fill` gives
 */
export async function replaceFolder<T>(
  folder: string,
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${folder}.unpacking`;
  await removeIfThere(temporary);
  try {
    await Deno.mkdir(temporary, { recursive: true });
    const filled = await fill(temporary);
    await removeIfThere(folder);
    await Deno.rename(temporary, folder);
    return filled;
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
}
