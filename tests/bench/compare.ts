/** Ours and PyTorch in turns, and with one loss and another. */
import { watchOthers } from "./load.ts";
import type { PyTorch } from "./pytorch.ts";
import {
  type CostCase,
  leastTime,
  leastTimes,
  median,
  type TimeCase,
  timeOf,
} from "./time_case.ts";

/** A row of the benchmark's result, as `--json` writes it. */
export interface TimeRow {
  name: string;
  oursMs: number;
  pytorchMs: number;
  ratio: number;
  /** What our first step took: it is recorded, and parts of it are compiled by XLA. */
  firstSeconds: number;
  /** PyTorch's time with torch.compile, where that was asked for, and what its first step took. */
  compiledMs?: number;
  compileSeconds?: number;
  /** Why the row says nothing, where it was disturbed. */
  disturbed?: string;
}

/** By how much the ratios of a row's rounds may differ, the greatest by the least; the outermost do not count from five on. */
export const MOST_DISAGREEMENT = 1.2;

/** How many processors everything else may keep busy: PyTorch's threads wait for each other, and suffer more than ours. */
export const MOST_LOAD = 0.25;

/**
 * Lets both sides run one case in turns, `rounds` times. The ratio is the median of those of the rounds, each of two times
 * that were taken one right after the other; the times are medians of the rounds' least times.
 *
 * The least time of a round leaves out steps that something else on the machine disturbed. Where the rounds disagree, or the
 * machine did something else meanwhile, the row says so.
 *
 * @param options.seconds How long a side runs in a round
 */
export async function compareTimes(
  { name, make }: TimeCase,
  pytorch: PyTorch,
  options: { rounds: number; seconds: number; compiled?: boolean },
): Promise<TimeRow & { variant: string }> {
  const { rounds, seconds, compiled = false } = options;
  const { step, dispose } = make();
  const ours: number[] = [];
  const theirs: number[] = [];
  const theirsCompiled: number[] = [];
  let variant = "";
  const firstSeconds = timeOf(step) / 1000;
  // torch.compile's own compilers are done before others are watched.
  const first = compiled ? await pytorch.run(name, seconds, true) : undefined;
  const othersSince = watchOthers([Deno.pid, pytorch.pid]);
  for (let round = 0; round < rounds; round++) {
    ours.push(leastTime(step, seconds));
    const time = await pytorch.run(name, seconds);
    theirs.push(time.milliseconds);
    variant = time.variant;
    if (!compiled) continue;
    theirsCompiled.push((await pytorch.run(name, seconds, true)).milliseconds);
  }
  const disturbed = disturbance(ours.map((time, i) => time / theirs[i]!), othersSince());
  dispose();
  return {
    name,
    oursMs: median(ours),
    pytorchMs: median(theirs),
    ratio: median(ours.map((time, i) => time / theirs[i]!)),
    firstSeconds,
    variant,
    ...(compiled &&
      { compiledMs: median(theirsCompiled), compileSeconds: first?.compileSeconds ?? 0 }),
    ...(disturbed === undefined ? {} : { disturbed }),
  };
}

/** What HEM's step costs beside cross-entropy's, both ours. */
export interface CostRow {
  name: string;
  hemMs: number;
  ceMs: number;
  ratio: number;
  /** The ratios of the rounds. */
  rounds: readonly number[];
  /** As of {@linkcode TimeRow}. */
  disturbed?: string;
}

/**
 * Lets a network's training steps with HEM and with cross-entropy run in turns, step by step; ratio and times as of
 * {@linkcode compareTimes}.
 */
export function compareCost(
  { name, makeHem, makeCe }: CostCase,
  { rounds, seconds }: { rounds: number; seconds: number },
): CostRow {
  const sides = [makeHem(), makeCe()];
  for (const { step } of sides) step();
  const times: number[][] = [[], []];
  const othersSince = watchOthers([Deno.pid]);
  for (let round = 0; round < rounds; round++) {
    leastTimes(sides.map(({ step }) => step), 2 * seconds).forEach((time, i) =>
      times[i]!.push(time)
    );
  }
  const ratios = times[0]!.map((time, i) => time / times[1]![i]!);
  const disturbed = disturbance(ratios, othersSince());
  for (const { dispose } of sides) dispose();
  const [hemMs, ceMs] = times.map(median) as [number, number];
  return {
    name,
    hemMs,
    ceMs,
    ratio: median(ratios),
    rounds: ratios,
    ...(disturbed && { disturbed }),
  };
}

/**
 * Why a row's rounds say nothing, or undefined where they do.
 *
 * @param ratios Of the rounds
 * @param load Processors that everything else kept busy, where that is known
 */
export function disturbance(
  ratios: readonly number[],
  load: number | undefined,
): string | undefined {
  if (load !== undefined && load > MOST_LOAD) {
    return `the machine computed something else, on ${load.toFixed(1)} processors`;
  }
  const sorted = ratios.toSorted((a, b) => a - b);
  const kept = sorted.length >= 5 ? sorted.slice(1, -1) : sorted;
  const [least, most] = [kept[0]!, kept.at(-1)!];
  if (most / least <= MOST_DISAGREEMENT) return undefined;
  return `its rounds disagree, ${least.toFixed(2)} to ${most.toFixed(2)}`;
}
