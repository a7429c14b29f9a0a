import util from "node:util";
import type * as TF from "@tensorflow/tfjs-node-gpu";
// Makes Deno install the package before this module runs, without loading it.
import "@tensorflow/tfjs-node-gpu/package.json" with { type: "json" };
import { log } from "../progress/mod.ts";
import {
  applyOptions,
  chooseBuild,
  ensureTensorFlow,
  hostPlatform,
  readableError,
  readOptions,
  type TensorFlow,
  wantsLog,
} from "../runtime/mod.ts";
import { loadLibraries } from "./libraries.ts";
import { keepFreedMemory } from "./malloc.ts";
import { catchStderr } from "./stderr.ts";
import { obeyStopButton } from "./stopped_cells.ts";

// TensorFlow's log lines ("2026-01-31 12:00:00.000000: I tensorflow/...", "I0000 00:00:1769..."), and what it says about them.
const NOISE = /^\d{4}-\d\d-\d\d |^[IWEF]\d{4} |^WARNING: All log messages|^To enable the following/;

const loaded = await load();

/** TensorFlow.js on the TensorFlow of this project's runtime, which is set up when it is not there. */
export const tf: typeof TF = loaded.tf;
obeyStopButton(tf);

/** The files of native code that are loaded: TensorFlow's library, and TensorFlow.js's addon. */
export const native: { tensorflow: string; addon: string } = loaded.native;

async function load(): Promise<{ tf: typeof TF; native: { tensorflow: string; addon: string } }> {
  const options = readOptions();
  const installation = await ensureTensorFlow(chooseBuild(options.build));
  applyOptions(options);
  restoreUtil();
  keepFreedMemory(hostPlatform().libc);
  // A user who asks for TensorFlow's log gets all of it, as it is written.
  const native = { tensorflow: installation.libraries[1], addon: installation.addon };
  if (wantsLog()) return { tf: await loadNative(installation), native };
  const { result, text } = await catchStderr(hostPlatform().libc, () => loadNative(installation));
  if ("error" in result) {
    const readable = readableError(result.error);
    if (readable !== result.error) throw readable;
    const reason = result.error instanceof Error ? result.error.message : result.error;
    throw new Error(
      `TensorFlow could not be loaded: ${reason}\n${text}` +
        "`deno task doctor` tells what is missing. Where the folder .runtime is yours, removing it sets everything up anew.",
    );
  }
  for (const line of text.split("\n")) if (line && !NOISE.test(line)) console.error(line);
  if (installation.build === "cuda" && !isUsingGpu(result.value)) {
    const reason = text.match(/^E\d{4} .*?\] (.*cu(?:Init|da|DNN).*)$/mi)?.[1];
    log(
      "TensorFlow (CUDA build) found no GPU that it can use, and computes on the CPU" +
        `${reason ? ` (${reason})` : ""}.`,
    );
  }
  return { tf: result.value, native };
}

async function loadNative({ libraries }: TensorFlow): Promise<typeof TF> {
  // Loaded first by their paths, these are the ones that the addon then uses, whichever build it was linked against.
  loadLibraries(libraries, hostPlatform().libc);
  return await import("@tensorflow/tfjs-node-gpu") as unknown as typeof TF;
}

/** Puts back two functions that tfjs-node 4.22 calls and that newer versions of node:util lack. */
function restoreUtil() {
  const target = util as unknown as Record<string, unknown>;
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  target.isArray ??= Array.isArray;
}

/** Whether TensorFlow computes on a GPU. */
export function isUsingGpu(tf: typeof TF): boolean {
  return (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
}
