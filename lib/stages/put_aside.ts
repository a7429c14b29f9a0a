import { basename } from "node:path";
import { UnusableFileError } from "../files/mod.ts";

/** Moves a file or folder that cannot be used out of the way, and says how it is called now. */
export function putAside(file: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const aside = `${file}.unusable-${time}`;
  Deno.renameSync(file, aside);
  return basename(aside);
}

/** Does what goes on from a file of a run before it; where that cannot be used, it is put aside and named, and all is done anew. */
export async function resuming<T>(
  run: () => Promise<T>,
  { note }: { note: (message: string) => void },
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UnusableFileError)) throw error;
    const { file, reason } = error;
    note(
      `${basename(file)} cannot be used (${reason}): put aside as ${putAside(file)}, begins anew`,
    );
    return await run();
  }
}
