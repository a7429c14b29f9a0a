/**
 * The most memory that a training needs, each side in a process of its own: `VmHWM` of the Linux kernel, which counts the
 * libraries' pages as well.
 */
import { fileURLToPath } from "node:url";

/** A row of the table of memory. */
export interface MemoryRow {
  name: string;
  oursMB: number;
  pytorchMB: number;
}

// Enough for every buffer to have been needed.
const STEPS = 200;

/** Whether this system tells it. */
export const canMeasureMemory = Deno.build.os === "linux";

/** What is trained: a row's name, and the case of network_cases.ts. */
export interface MemoryCase {
  readonly name: string;
  readonly training: string;
}

export const memoryCases: readonly MemoryCase[] = [
  { name: "memory/lenet-train", training: "train/lenet" },
];

/** The peak memory of both sides. */
export async function compareMemory(
  { name, training }: MemoryCase,
  options: { python: string; threads: number },
): Promise<MemoryRow> {
  const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const { python, threads } = options;
  const ours = ["run", "-A", "--quiet", path("train_once.ts"), training, String(STEPS)];
  const theirs = [
    "-W",
    "ignore",
    path("pytorch_train_once.py"),
    training,
    String(STEPS),
    `${threads}`,
  ];
  return {
    name,
    oursMB: await peakOf(Deno.execPath(), ours),
    pytorchMB: await peakOf(python, theirs),
  };
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
    throw new Error(`${command} did not train: ${decode(stderr).trim().split("\n").at(-1)}`);
  }
  return Number(kilobytes) * 1024 / 1e6;
}
