/**
 * The most memory that the steps of a row need, each side in a process of its own: `VmHWM` of the Linux kernel, which counts the
 * libraries' pages as well.
 */
import { fileURLToPath } from "node:url";
import { ENDS_WITH_US } from "../../lib/runtime/mod.ts";

/** A row of the table of memory. */
export interface MemoryRow {
  name: string;
  oursMB: number;
  pytorchMB: number;
  ratio: number;
}

/** Whether this system tells it. */
export const canMeasureMemory = Deno.build.os === "linux";

/** The rows for these cases, those of networks' training steps and of losses per pixel: "memory/train/lenet". */
export function memoryNames(cases: readonly { readonly name: string }[]): string[] {
  return cases.map(({ name }) => name)
    .filter((name) => /^train\/|^loss\/.*x.*x.*x/.test(name))
    .map((name) => `memory/${name}`);
}

/** The peak memory of both sides. */
export async function compareMemory(
  name: string,
  { python, threads }: { python: string; threads: number },
): Promise<MemoryRow> {
  const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const measured = name.replace(/^memory\//, "");
  const ours = ["run", "-A", "--quiet", path("run_once.ts"), measured];
  const script = path("pytorch_run_once.py");
  const theirs = ["-W", "ignore", ...ENDS_WITH_US, script, measured, String(threads)];
  const [oursMB, pytorchMB] = [
    await peakOf(Deno.execPath(), ours),
    await peakOf(python, theirs),
  ];
  return { name, oursMB, pytorchMB, ratio: oursMB / pytorchMB };
}

/** Runs a command that prints the lines of /proc/self/status at its end; in MB (10^6 bytes). */
async function peakOf(command: string, args: string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { CUDA_VISIBLE_DEVICES: "" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const kilobytes = decode(stdout).match(/VmHWM:\s*(\d+) kB/)?.[1];
  if (!success || kilobytes === undefined) {
    throw new Error(`${command} failed: ${decode(stderr).trim().split("\n").at(-1)}`);
  }
  return Number(kilobytes) * 1024 / 1e6;
}
