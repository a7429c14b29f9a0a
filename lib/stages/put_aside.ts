import { basename } from "node:path";

/** Moves a file that cannot be used out of the way, and says how it is called now. */
export function putAside(file: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const aside = `${file}.unusable-${time}`;
  Deno.renameSync(file, aside);
  return basename(aside);
}
