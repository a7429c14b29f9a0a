/** Where a step's time goes, by op, on our side and on PyTorch's. */
import process from "node:process";
import { tf } from "../../lib/tensorflow/mod.ts";
import type { ProfiledOp, PyTorch } from "./pytorch.ts";
import { type CostCase, leastTime, type TimeCase } from "./time_case.ts";

/** One side of a row: what its step takes, and its ops, the dearest first. */
export interface ProfiledSide {
  /** "ours", "PyTorch"; "HEM", "CE". */
  side: string;
  /** The least time of one step, as it is measured elsewhere: ours as one function. */
  milliseconds: number;
  /** Processor time in its ops; ours are run one by one for this. */
  inOps: number;
  ops: ProfiledOp[];
}

/** What `deno task bench --profile` stores of a row. */
export interface Profile {
  name: string;
  threads: number;
  sides: ProfiledSide[];
}

type Execute = (op: string, ...rest: unknown[]) => unknown;

const STEPS = 6;

/** Ops that are told; the others are in the whole. */
const TOLD = 16;

/** How long a row runs, on how many threads. */
interface Runs {
  threads: number;
  seconds: number;
}

/** Our step and PyTorch's. */
export async function profileTimes(
  { name, make }: TimeCase,
  pytorch: PyTorch,
  { threads, seconds }: Runs,
): Promise<Profile> {
  const ours = profileOurs("ours", make, seconds);
  const { ops, milliseconds } = await pytorch.profile(name, seconds);
  return { name, threads, sides: [ours, side("PyTorch", milliseconds, ops)] };
}

/** Our step with HEM and that with cross-entropy. */
export function profileCost(
  { name, makeHem, makeCe }: CostCase,
  { threads, seconds }: Runs,
): Profile {
  const sides = [profileOurs("HEM", makeHem, seconds), profileOurs("CE", makeCe, seconds)];
  return { name, threads, sides };
}

/**
 * Processor time of the quickest of a few steps whose ops are run one by one, which in one thread hardly depends on what else runs
 * on the machine.
 */
function profileOurs(name: string, make: TimeCase["make"], seconds: number): ProfiledSide {
  const opByOp = make({ captured: false });
  opByOp.step();
  const profiles = Array.from({ length: STEPS }, () => profileStep(opByOp.step));
  opByOp.dispose();
  const whole = make();
  const milliseconds = leastTime(whole.step, seconds);
  whole.dispose();
  const sums = profiles.map((ops) => total(ops));
  return side(name, milliseconds, profiles[sums.indexOf(Math.min(...sums))]!);
}

function side(name: string, milliseconds: number, ops: readonly ProfiledOp[]): ProfiledSide {
  const dearest = ops.toSorted((a, b) => b.milliseconds - a.milliseconds);
  return { side: name, milliseconds, inOps: total(ops), ops: dearest.slice(0, TOLD) };
}

function total(ops: readonly ProfiledOp[]): number {
  return ops.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function profileStep(step: () => void): ProfiledOp[] {
  const ops = new Map<string, ProfiledOp>();
  const backend = tf.backend() as unknown as Record<string, Execute>;
  const methods = ["executeSingleOutput", "executeMultipleOutputs"] as const;
  const originals = methods.map((method) => backend[method]!);
  methods.forEach((method, i) => {
    backend[method] = (op, ...rest) => {
      const start = process.cpuUsage();
      const result = originals[i]!.call(backend, op, ...rest);
      const entry = ops.get(op) ?? { op, milliseconds: 0, calls: 0 };
      ops.set(op, entry);
      entry.milliseconds += since(start);
      entry.calls++;
      return result;
    };
  });
  try {
    step();
    return [...ops.values()];
  } finally {
    methods.forEach((method, i) => backend[method] = originals[i]!);
  }
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
