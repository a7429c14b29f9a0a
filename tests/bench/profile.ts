/**
 * Where a row's time goes on our side: `deno run -A tests/bench/profile.ts train/resnet18`.
 *
 * Prints processor time by TensorFlow op, of the quickest of a few steps whose ops are run one by one. Processor time in one thread (`HEM_THREADS=1`)
 * hardly depends on what else runs on the machine.
 */
import process from "node:process";
import { tf } from "../../lib/tensorflow/mod.ts";
import { networkCases } from "./network_cases.ts";

type Execute = (op: string, ...rest: unknown[]) => unknown;

const STEPS = 4;

/** Milliseconds and calls by op, and milliseconds of the whole step. */
function profile(step: () => void) {
  const times = new Map<string, { milliseconds: number; calls: number }>();
  const backend = tf.backend() as unknown as Record<string, Execute>;
  const methods = ["executeSingleOutput", "executeMultipleOutputs"] as const;
  const originals = methods.map((method) => backend[method]!);
  methods.forEach((method, i) => {
    backend[method] = (op, ...rest) => {
      const start = process.cpuUsage();
      const result = originals[i]!.call(backend, op, ...rest);
      const entry = times.get(op) ?? { milliseconds: 0, calls: 0 };
      entry.milliseconds += since(start);
      entry.calls++;
      times.set(op, entry);
      return result;
    };
  });
  const start = process.cpuUsage();
  step();
  const whole = since(start);
  methods.forEach((method, i) => backend[method] = originals[i]!);
  return { times, whole };
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

for (const name of Deno.args) {
  const row = networkCases.find((row) => row.name === name);
  if (row === undefined) throw new RangeError(`There is no row "${name}"`);
  const { step, dispose } = row.make({ captured: false });
  step();
  const profiles = Array.from({ length: STEPS }, () => profile(step));
  const { times, whole } = profiles.toSorted((a, b) => a.whole - b.whole)[0]!;
  console.log(`${name}: ${whole.toFixed(1)} ms`);
  const sorted = [...times].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  for (const [op, { milliseconds, calls }] of sorted.slice(0, 14)) {
    console.log(
      `  ${milliseconds.toFixed(1).padStart(8)} ms  ${String(calls).padStart(4)} x ${op}`,
    );
  }
  dispose();
}
