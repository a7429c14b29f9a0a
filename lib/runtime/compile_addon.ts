import { include_dir as nodeApiHeaders } from "node-api-headers";
import { dirname } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { removeIfThere } from "../files/mod.ts";
import { log } from "../progress/mod.ts";
import { type Addon, sealAddon } from "./addon.ts";
import { downloadWheel, type Target } from "./download.ts";
import type { Platform } from "./platform.ts";
import { ENDS_WITH_US, findPython, type Outcome, type Python, runQuietly } from "./python.ts";
import { unpackWheel } from "./unpack.ts";
import { ZIG_WHEELS } from "./wheels.ts";

// Compiled into the addon: functions of our own beside those of the package.
const BINDING = {
  source: fromFileUrl(new URL("./binding.cc", import.meta.url)),
  include: fromFileUrl(new URL("./binding.h", import.meta.url)),
};

/**
 * Compiles the addon against TensorFlow's C API.
 *
 * With the C++ compiler on PATH; when there is none, or none that works, with one from a wheel that is removed again.
 *
 * @throws {Error} With every compiler's reason when none works
 */
export async function compileAddon(addon: Addon, target: Omit<Target, "python">) {
  await Deno.mkdir(dirname(addon.file), { recursive: true });
  const python = await findPython();
  // Where a compiler keeps what it needs meanwhile.
  const options = { python, platform: target.platform, env: { TMPDIR: target.scratch } };
  const failures: string[] = [];
  const compilers = [Deno.env.get("CXX"), "c++", "g++", "clang++"].filter((name) => name);
  for (const compiler of new Set(compilers as string[])) {
    const { success, stderr } = await compile([compiler], addon, options);
    if (success) return;
    if (!/NotFound|No such file.*entity/.test(stderr)) {
      failures.push(`${compiler}: ${lastLines(stderr)}`);
    }
  }
  log("No C++ compiler that works is on PATH: taking zig's, from its wheel (a minute or more).");
  const zig = ZIG_WHEELS[target.platform.name];
  const folder = `${target.scratch}/zig`;
  const file = await downloadWheel(zig, { ...target, python });
  await unpackWheel({ wheel: zig, file, folder, python });
  await Deno.remove(file);
  const { success, stderr } = await compile(
    [`${folder}/ziglang/zig`, "c++"],
    addon,
    {
      ...options,
      env: {
        ...options.env,
        ZIG_GLOBAL_CACHE_DIR: `${folder}/cache`,
        ZIG_LOCAL_CACHE_DIR: `${folder}/cache`,
      },
    },
  );
  await removeIfThere(folder);
  if (success) return;
  failures.push(`zig: ${lastLines(stderr)}`);
  throw new Error(
    `TensorFlow's addon could not be compiled. Install a C++17 compiler, e.g. \`apt install g++\` or ` +
      `\`xcode-select --install\`, and run this again. What was tried:\n${failures.join("\n")}`,
  );
}

async function compile(
  [command, ...first]: readonly [string, ...string[]],
  addon: Addon,
  { python, platform, env }: { python: Python; platform: Platform; env: Record<string, string> },
): Promise<Outcome> {
  const libraries = `${addon.installation}/tensorflow`;
  const binding = `${addon.package}/binding`;
  const output = `${addon.file}.new`;
  const onMac = platform.name.startsWith("macos");
  const outcome = await runQuietly(python.command, [
    ...[...ENDS_WITH_US, "-x", command, ...first],
    ...["-shared", "-fPIC", "-O2", "-std=c++17", "-DNAPI_VERSION=8", "-w"],
    ...["-include", BINDING.include],
    ...[`-I${binding}`, `-I${libraries}/include`, `-I${nodeApiHeaders}`],
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => `${binding}/${name}`),
    BINDING.source,
    `${libraries}/${platform.libraries.tensorflow}`,
    `${libraries}/${platform.libraries.framework}`,
    `-Wl,-rpath,${onMac ? "@loader_path" : "$ORIGIN"}/../../tensorflow`,
    // Node's own symbols come from the process that loads the addon.
    ...(onMac ? ["-undefined", "dynamic_lookup"] : []),
    ...["-o", output],
  ], env);
  if (outcome.success) {
    await Deno.rename(output, addon.file);
    await sealAddon(addon);
  } else await removeIfThere(output);
  return outcome;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-4).join("\n  ");
}
