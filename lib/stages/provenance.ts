import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { threadCount } from "../runtime/mod.ts";
import { device, tensorflowVersion } from "../tensorflow/mod.ts";
import type { Provenance } from "../trials/mod.ts";

const library = fileURLToPath(new URL("../", import.meta.url));

/** By what code and on what this process computes, for the record of a result. */
export function provenance(): Provenance {
  const commit = commitOf();
  return {
    ...(commit !== undefined && { commit }),
    deno: Deno.version.deno,
    tensorflow: tensorflowVersion(),
    device: device(),
    threads: threadCount(),
    platform: `${Deno.build.os}-${Deno.build.arch}`,
    hardware: hardware(),
    captured: true,
  };
}

/** "AMD EPYC (2 cores)", as the operating system names it. */
function hardware(): string {
  const processors = cpus();
  const count = processors.length;
  const model = processors[0]?.model.trim() || "unnamed processor";
  return `${model} (${count} ${count === 1 ? "core" : "cores"})`;
}

let known: { commit: string | undefined } | undefined;

/** The project's commit, with "+" where the library's files are not as they are in it; undefined outside a repository. */
function commitOf(): string | undefined {
  if (known === undefined) {
    const head = git("rev-parse", "HEAD");
    const changed = head && git("status", "--porcelain", "--", library);
    known = { commit: head && `${head.slice(0, 12)}${changed ? "+" : ""}` };
  }
  return known.commit;
}

function git(...args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", { args, cwd: library, stderr: "null" })
      .outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    // No git on this machine.
    return undefined;
  }
}
