/** `deno task bench`: our times beside PyTorch's, measured in turns in the same run. */
import { matchesGlob } from "node:path";
import { installedAvalanche, setUpAvalanche } from "../../tests/bench/avalanche_environment.ts";
import {
  compareTimes,
  MOST_DISAGREEMENT,
  MOST_LOAD,
  type TimeRow,
} from "../../tests/bench/compare.ts";
import type { ContinualRow } from "../../tests/bench/compare_continual.ts";
import {
  canMeasureMemory,
  compareMemory,
  memoryCases,
  type MemoryRow,
} from "../../tests/bench/peak_memory.ts";
import { startPyTorch } from "../../tests/bench/pytorch.ts";
import { installedPyTorch, setUpPyTorch } from "../../tests/bench/pytorch_environment.ts";
import type { TimeCase } from "../../tests/bench/time_case.ts";
import { log, startProgress } from "../progress/mod.ts";
import {
  type Command,
  command,
  positiveInteger,
  runCommand,
  UsageError,
  userPath,
} from "./command.ts";

const EXPLANATION = `
Rows: train/<network> and infer/<network> (batches and shapes of tests/bench/networks.json; training by cross-entropy
with Adam on MNIST, AdamW for transformers, and SGD with momentum otherwise), loss/<loss>/<shape>
(value and gradient), memory/<row> (peak memory of a process). Both sides run on the CPU with the same number of
threads, in turns: ours, PyTorch, ours, PyTorch, ... A time is the median over the rounds of the least time of one
step in a round, the ratio the median of the rounds' ratios. A row is disturbed, and counts for nothing, where its
rounds' ratios differ by more than a factor of ${MOST_DISAGREEMENT} (the outermost left out from five rounds on), or where everything
else kept more than ${MOST_LOAD} processors busy. Of PyTorch's memory formats and of its loop and foreach optimisers the fastest counts, and is named.
Run it on a machine that does nothing else: PyTorch's threads suffer more than ours from a busy core.
continual/<strategy>_<benchmark> compares steps per second of continual learning with avalanche-lib's, over the second
experience, batches included: the median of the rounds. These rows run where avalanche-lib is there, or when asked for.

Examples:
  deno task bench --setup-pytorch
  deno task bench --setup-avalanche --only "continual/*"
  deno task bench --only "train/*" "loss/hem/*" --json bench.json`;

interface BenchFlags {
  only?: string[];
  json?: string;
  threads: number;
  rounds: number;
  python?: string;
  setupPytorch?: true;
  avalanche?: string;
  setupAvalanche?: true;
}

/** The command. */
export function benchCommand(): Command {
  return command("bench", "Compare our speed with PyTorch's, in the same run.")
    .option("--only <glob...>", 'rows to run, such as "train/*" (default: all)')
    .option("--json <file>", "also write the times as JSON", userPath)
    .option(
      "--threads <count>",
      "threads of each side (default: all cores)",
      positiveInteger,
      navigator.hardwareConcurrency,
    )
    .option("--rounds <count>", "turns of each side per row", positiveInteger, 5)
    .option(
      "--python <path>",
      "a Python that has PyTorch (default: the one in .runtime/pytorch)",
      commandPath,
    )
    .option("--setup-pytorch", "first make .runtime/pytorch: PyTorch in an environment of its own")
    .option("--avalanche <path>", "a Python that has avalanche-lib (default: .runtime/avalanche)")
    .option("--setup-avalanche", "first make .runtime/avalanche: avalanche-lib in one of its own")
    .addHelpText("after", EXPLANATION)
    .action(bench);
}

/** A program on PATH, or a path that starts where the user stands. */
function commandPath(text: string): string {
  return text.includes("/") ? userPath(text) : text;
}

/** How long a side runs in a round. */
const SECONDS = 0.3;

/** Ours / PyTorch's: what this project wants to keep to. */
const GOAL = 0.9;

async function bench(flags: BenchFlags) {
  const { only = [], threads, json } = flags;
  // Read when TensorFlow is loaded, which the cases do.
  Deno.env.set("HEM_TENSORFLOW", "cpu");
  Deno.env.set("HEM_THREADS", String(threads));
  const { networkCases } = await import("../../tests/bench/network_cases.ts");
  const { lossCases } = await import("../../tests/bench/loss_cases.ts");
  const { continualCases } = await import("../../tests/bench/continual_cases.ts");
  const chosen = chooser(
    only,
    [...networkCases, ...lossCases, ...memoryCases, ...continualCases].map(({ name }) => name),
  );
  if (json !== undefined) await checkWritable(json);
  const continual = continualCases.map(({ name }) => name).filter(chosen);
  const avalanche = await pythonWithAvalanche(flags, only.length > 0 && continual.length > 0);
  const isOther = ({ name }: { name: string }) => chosen(name);
  const times = [...networkCases, ...lossCases, ...memoryCases].some(isOther)
    ? await benchPyTorch(flags, [...networkCases, ...lossCases].filter(isOther), chosen)
    : [];
  const paces = avalanche === undefined ? [] : await benchAvalanche(flags, avalanche, continual);
  if (json !== undefined) await Deno.writeTextFile(json, asJson(times, paces));
}

/** Continual learning beside avalanche-lib. */
async function benchAvalanche(
  { threads, rounds }: BenchFlags,
  python: string,
  names: readonly string[],
): Promise<ContinualRow[]> {
  if (names.length === 0) return [];
  const { compareContinual } = await import("../../tests/bench/compare_continual.ts");
  log(
    `Continual learning; threads of each side: ${threads}; load of the machine: ${machineLoad()}`,
  );
  const paces = await compareContinual(names, { python, threads, rounds });
  console.log(describePaces(paces));
  return paces;
}

function machineLoad(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

/** Steps, losses and memory beside PyTorch. */
async function benchPyTorch(
  flags: BenchFlags,
  cases: readonly TimeCase[],
  chosen: (name: string) => boolean,
): Promise<(TimeRow & { variant: string })[]> {
  const { threads, rounds } = flags;
  const python = await pythonWithPyTorch(flags);
  const pytorch = await startPyTorch(python, threads).catch((error) => {
    throw new UsageError(`PyTorch cannot be started with ${python}: ${error.message}`);
  });
  log(
    `PyTorch ${pytorch.version}; threads of each side: ${threads}; load of the machine: ${machineLoad()}`,
  );
  const times: (TimeRow & { variant: string })[] = [];
  const progress = startProgress("Comparing", cases.length);
  for (const row of cases) {
    progress.update(times.length, row.name);
    times.push(await compareTimes(row, pytorch, { rounds, seconds: SECONDS }));
  }
  progress.update(cases.length, "");
  progress.finish();
  await pytorch.stop();
  const peaks: MemoryRow[] = [];
  for (const row of memoryCases.filter(({ name }) => canMeasureMemory && chosen(name))) {
    peaks.push(await compareMemory(row, { python, threads }));
  }
  if (times.length > 0) console.log(describeTimes(times));
  if (peaks.length > 0) console.log(describeMemory(peaks));
  return times;
}

/** Which rows the globs name. */
function chooser(globs: readonly string[], names: readonly string[]): (name: string) => boolean {
  for (const glob of globs) {
    if (!names.some((name) => matchesGlob(name, glob))) {
      throw new UsageError(`--only "${glob}" names no row. Rows:\n  ${names.join("\n  ")}`);
    }
  }
  return (name) => globs.length === 0 || globs.some((glob) => matchesGlob(name, glob));
}

async function checkWritable(path: string) {
  try {
    (await Deno.open(path, { write: true, create: true })).close();
  } catch (error) {
    throw new UsageError(`--json: ${path} cannot be written (${(error as Error).message}).`);
  }
}

async function pythonWithPyTorch({ python, setupPytorch }: BenchFlags): Promise<string> {
  if (python !== undefined) return python;
  const installed = setupPytorch ? await setUpPyTorch() : installedPyTorch();
  if (installed === undefined) {
    throw new UsageError(
      "PyTorch is not there to compare with. `deno task bench --setup-pytorch` installs it in .runtime/pytorch " +
        "(2 to 6 GB on Linux, whose package brings CUDA), or name a Python that has it with --python.",
    );
  }
  return installed;
}

/** The Python with avalanche-lib; undefined where it is not there and nobody asked for its rows. */
async function pythonWithAvalanche(
  { avalanche, setupAvalanche }: BenchFlags,
  isAsked: boolean,
): Promise<string | undefined> {
  if (avalanche !== undefined) return avalanche;
  const installed = setupAvalanche ? await setUpAvalanche() : installedAvalanche();
  if (installed !== undefined || !isAsked) return installed;
  throw new UsageError(
    "avalanche-lib is not there to compare with. `deno task bench --setup-avalanche` installs it in " +
      ".runtime/avalanche (up to 6 GB on Linux), or name a Python that has it with --avalanche.",
  );
}

/** Steps per second as a table. */
export function describePaces(rows: readonly ContinualRow[]): string {
  const lines = rows.map(({ name, ours, avalanche, ratio }) => [
    name,
    digits(ours),
    digits(avalanche),
    ratio.toFixed(1),
  ]);
  return `\n${
    table([["continual learning", "ours steps/s", "avalanche-lib steps/s", "times"], ...lines])
  }`;
}

/** The times as a table, with how many rows reach the goal; a row that was disturbed counts for nothing. */
export function describeTimes(rows: readonly (TimeRow & { variant: string })[]): string {
  const lines = rows.map(({ name, oursMs, pytorchMs, ratio, variant, disturbed }) => [
    name,
    digits(oursMs),
    digits(pytorchMs),
    disturbed ? "-" : ratio.toFixed(2),
    disturbed ? `disturbed: ${disturbed}` : variant,
  ]);
  const measured = rows.filter(({ disturbed }) => !disturbed);
  const reached = measured.filter(({ ratio }) => ratio <= GOAL).length;
  const lost = rows.length - measured.length;
  return `${table([["row", "ours ms", "PyTorch ms", "ratio", "PyTorch's way"], ...lines])}\n` +
    `${reached} of ${measured.length} rows at ${GOAL} or less` +
    (lost === 0 ? "" : `; ${lost} disturbed, which say nothing: run them on an idle machine`);
}

/** The peaks of memory as a table. */
export function describeMemory(rows: readonly MemoryRow[]): string {
  const lines = rows.map(({ name, oursMB, pytorchMB }) => [
    name,
    oursMB.toFixed(0),
    pytorchMB.toFixed(0),
    (oursMB / pytorchMB).toFixed(2),
  ]);
  return `\n${table([["peak memory", "ours MB", "PyTorch MB", "ratio"], ...lines])}`;
}

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns, the first and the last (a remark) to the left, numbers to the right. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isText = (column: number) => column === 0 || column === 4;
  return rows.map((row) =>
    row.map((cell, i) => isText(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}

/** The time rows without their remarks. */
function asJson(
  rows: readonly (TimeRow & { variant: string })[],
  paces: readonly ContinualRow[],
): string {
  const plain = rows.map(({ variant: _, ...row }) => row);
  return `${JSON.stringify([...plain, ...paces], null, 2)}\n`;
}

if (import.meta.main) await runCommand(benchCommand());
