import { fileURLToPath as fromFileUrl } from "node:url";
import { outputOf } from "./ending.ts";

/** A Python that can download wheels. */
export interface Python {
  readonly command: string;
  readonly version: string;
}

// The oldest that the pinned Jupyter runs on (lib/jupyter/requirements.txt).
const OLDEST = [3, 10] as const;

/**
 * The first Python on PATH that is new enough.
 *
 * @throws {Error} When there is none
 */
export async function findPython(
  candidates: readonly string[] = [
    "python3",
    "python",
    "python3.13",
    "python3.12",
    "python3.11",
  ],
): Promise<Python> {
  const seen: string[] = [];
  for (const command of candidates) {
    const { success, stdout } = await runQuietly(command, [
      "-c",
      "import sys; print(*sys.version_info[:3], sep='.'); print(sys.executable)",
    ]);
    if (!success) continue;
    const [version = "", executable] = stdout.trim().split("\n");
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
      // Itself, and not a script that starts it: what is told to a child must reach it.
      return { command: executable || command, version };
    }
    seen.push(`${command} ${version}`);
  }
  throw new Error(
    `Python ${OLDEST.join(".")} or newer is needed to download TensorFlow (with its pip); ` +
      `${seen.length ? `found only ${seen.join(", ")}` : "no python3 was found on PATH"}. ` +
      "Install it, e.g. `apt install python3 python3-pip python3-venv` or `brew install python`, and run this again.",
  );
}

/** What to give Python before a script, `-m` and a module, or `-x` and a program, so that it ends with this process. */
export const ENDS_WITH_US: readonly string[] = [
  fromFileUrl(new URL("./child.py", import.meta.url)),
  String(Deno.pid),
];

/** What a command printed, and whether it succeeded; not finding it is not succeeding. */
export interface Outcome {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with its output caught. */
export async function runQuietly(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { success, stdout, stderr } = await outputOf(child);
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success, stdout: decode(stdout), stderr: decode(stderr) };
  } catch (error) {
    return { success: false, stdout: "", stderr: String(error) };
  }
}
