/** A peer's script that runs once and answers. */
import { fileURLToPath } from "node:url";
import { ENDS_WITH_US } from "../../lib/runtime/mod.ts";

/** Which script of this folder, by which Python, and with what. */
export interface PythonScript {
  python: string;
  /** "attacks.py". */
  script: string;
  args: readonly string[];
  env: Record<string, string>;
  /** What failed where it fails: "torchattacks". */
  what: string;
}

/**
 * Runs a script to its end, on the CPU; returns the last line that it prints, as JSON.
 *
 * @throws {Error} where it fails, with the last line of its complaint
 */
export async function runPython<Answer>(
  { python, script, args, env, what }: PythonScript,
): Promise<Answer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["-W", "ignore", ...ENDS_WITH_US, path, ...args],
    env: { CUDA_VISIBLE_DEVICES: "", PYTHONDONTWRITEBYTECODE: "1", ...env },
  }).output();
  const lastLine = (bytes: Uint8Array) =>
    new TextDecoder().decode(bytes).trim().split("\n").at(-1)!;
  if (!success) throw new Error(`${what} failed: ${lastLine(stderr)}`);
  return JSON.parse(lastLine(stdout));
}
