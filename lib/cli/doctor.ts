import { installedJupyter, kernelSpec, kernelSpecPath } from "../jupyter/mod.ts";
import {
  chooseBuild,
  findPython,
  hasNvidiaDriver,
  hostPlatform,
  installedTensorFlow,
  readOptions,
  TENSORFLOW_VERSION,
} from "../runtime/mod.ts";
import { command, runCommand } from "./command.ts";

/** One line of the doctor's report. */
export interface Finding {
  readonly name: string;
  /** What is there. */
  readonly found?: string;
  /** What is wrong and how to mend it; absent when nothing is. */
  readonly missing?: string;
}

/** `deno task doctor`: what is there, what is missing, how to mend it. Installs nothing. */
export const doctor = command(
  "doctor",
  "Tells what is installed, what is missing, and how to mend it. Changes nothing; exit code 1 when something is missing.",
)
  .option("--json", "print it as JSON")
  .action(async ({ json }: { json?: boolean }) => {
    const findings = await examine();
    if (json) console.log(JSON.stringify(findings, null, 2));
    else for (const finding of findings) console.log(format(finding));
    if (findings.some(({ missing }) => missing)) Deno.exitCode = 1;
  });

/** Looks at everything that the project needs. */
export async function examine(): Promise<Finding[]> {
  return [
    // An old one does not come so far: see need_deno.ts.
    { name: "Deno", found: Deno.version.deno },
    platform(),
    await check("Python", async () => {
      const { command, version } = await findPython();
      return `${version} (${command})`;
    }),
    { name: "GPU driver", found: hasNvidiaDriver() ? "NVIDIA" : "none: computing on the CPU" },
    ...await tensorflow(),
    await check("Jupyter", jupyter),
    await kernel(),
    ...await datasets(),
  ];
}

/** A finding as lines of text. */
export function format({ name, found, missing }: Finding): string {
  const mark = missing ? "missing" : "ok";
  return `${mark.padEnd(8)} ${name.padEnd(12)} ${[found, missing].filter(Boolean).join("; ")}`;
}

function platform(): Finding {
  try {
    return { name: "Platform", found: hostPlatform().name };
  } catch (error) {
    return { name: "Platform", missing: message(error) };
  }
}

async function tensorflow(): Promise<Finding[]> {
  const name = "TensorFlow";
  try {
    const build = chooseBuild(readOptions().build);
    if (!installedTensorFlow(build)) {
      return [{
        name,
        missing:
          `${TENSORFLOW_VERSION} (${build}) is not installed: \`deno task setup\`, or any task that needs it`,
      }];
    }
    const loaded = await import("../tensorflow/mod.ts");
    return [
      { name, found: `${loaded.tensorflowVersion()} (${build})` },
      { name: "Device", found: loaded.device() },
    ];
  } catch (error) {
    return [{ name, missing: message(error) }];
  }
}

function jupyter(): Promise<string> {
  const installed = installedJupyter();
  if (installed) return Promise.resolve(installed.python);
  throw new Error("not installed: `deno task setup`, or `deno task lab`");
}

async function kernel(): Promise<Finding> {
  const name = "Kernel";
  try {
    if (await Deno.readTextFile(kernelSpecPath()) === kernelSpec()) {
      return { name, found: kernelSpecPath() };
    }
    return { name, missing: "it is for another Deno: `deno task kernel`" };
  } catch {
    return { name, missing: "not installed: `deno task kernel`" };
  }
}

async function datasets(): Promise<Finding[]> {
  const { loadDataset } = await import("../datasets/mod.ts");
  return [
    await check("MNIST", async () => {
      const { train, test } = await loadDataset("mnist");
      return `${train.count} + ${test.count} images`;
    }),
  ];
}

async function check(name: string, examineIt: () => Promise<string>): Promise<Finding> {
  try {
    return { name, found: await examineIt() };
  } catch (error) {
    return { name, missing: message(error) };
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) await runCommand(doctor);
