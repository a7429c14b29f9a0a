/** `deno task bench`: our times beside PyTorch's, measured in turns in the same run. */
import { matchesGlob } from "node:path";
import type { AttackCase } from "../../tests/bench/attack_cases.ts";
import {
  compareCost,
  compareTimes,
  type CostRow,
  MOST_DISAGREEMENT,
  MOST_LOAD,
  type TimeRow,
} from "../../tests/bench/compare.ts";
import type { AttackRow } from "../../tests/bench/compare_attacks.ts";
import {
  canMeasureMemory,
  compareMemory,
  memoryNames,
  type MemoryRow,
} from "../../tests/bench/peak_memory.ts";
import type { Profile } from "../../tests/bench/profile.ts";
import { type PyTorch, startPyTorch } from "../../tests/bench/pytorch.ts";
import { installedPeer, setUpPeer } from "../../tests/bench/python_environments.ts";
import { StoredRows } from "../../tests/bench/stored_rows.ts";
import {
  describeAttacks,
  describeCosts,
  describeMemory,
  describePaces,
  describeProfile,
  describeTimes,
} from "../../tests/bench/tables.ts";
import type { CostCase, TimeCase } from "../../tests/bench/time_case.ts";
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
(value and gradient), gradient/<network> (of each image's loss by its pixels, as attacks take it), memory/<row> (peak
memory of a process that does that row's steps), hem/<network> (our training step with HEM beside that with
cross-entropy). Both sides run on the CPU with the same number of
threads, in turns: ours, PyTorch, ours, PyTorch, ... A time is the median over the rounds of the least time of one
step in a round, the ratio the median of the rounds' ratios. A row is disturbed, and counts for nothing, where its
rounds' ratios differ by more than a factor of ${MOST_DISAGREEMENT} (the outermost left out from five rounds on), or where everything
else kept more than ${MOST_LOAD} processors busy. Of PyTorch's memory formats and of its loop and foreach optimisers the fastest counts, and is named.
Run it on a machine that does nothing else: PyTorch's threads suffer more than ours from a busy core.
continual/<strategy>_<benchmark> compares steps per second of continual learning with avalanche-lib's, over the second
experience, batches included: the median of the rounds. These rows run where avalanche-lib is there, or when asked for.
autoattack/<network>_<attack> compares images per second of AutoAttack with torchattacks': the median of the rounds. Ours
lets an image go as soon as it is fooled, and once more goes to the last iteration, as torchattacks does with all. Square
Attack has 25 of its 5000 queries on ResNet18, and 500 on the LeNet that is not fooled.
--profile tells of rows train/, infer/, gradient/ and hem/ where the processor's time goes, by op, and compares nothing.

Examples:
  deno task bench --setup-pytorch
  deno task bench --setup-avalanche --only "continual/*"
  deno task bench --only "train/*" "loss/hem/*" --json bench.json
  deno task bench --missing --json bench.json    # in several sittings: what was not measured yet, or was disturbed
  deno task bench --profile --threads 1 --only "train/resnet32" --json profiles.json`;

interface BenchFlags {
  only?: string[];
  json?: string;
  missing?: true;
  compile?: true;
  profile?: true;
  threads: number;
  rounds: number;
  python?: string;
  setupPytorch?: true;
  avalanche?: string;
  setupAvalanche?: true;
}

/** The command. */
function benchCommand(): Command {
  return command("bench", "Compare our speed with PyTorch's, in the same run.")
    .option("--only <glob...>", 'rows to run, such as "train/*" (default: all)')
    .option("--json <file>", "also write each row to this file, whose other rows stay", userPath)
    .option("--missing", "leave out the rows that --json's file has, but for those disturbed")
    .option("--compile", "also measure PyTorch with torch.compile, which compiles for minutes")
    .option("--profile", "tell where the time of each row's step goes, by op, instead")
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
    .option(
      "--avalanche <path>",
      "a Python that has avalanche-lib (default: the one in .runtime/avalanche)",
      commandPath,
    )
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

async function bench(flags: BenchFlags) {
  const { only = [], threads, json, missing } = flags;
  // Read when TensorFlow is loaded, which the cases do.
  Deno.env.set("HEM_TENSORFLOW", "cpu");
  Deno.env.set("HEM_THREADS", String(threads));
  Deno.env.set("HEM_INTEROP_THREADS", String(threads));
  const { networkCases, costCases } = await import("../../tests/bench/network_cases.ts");
  const { lossCases } = await import("../../tests/bench/loss_cases.ts");
  const { continualCases } = await import("../../tests/bench/continual_cases.ts");
  const { attackCases } = await import("../../tests/bench/attack_cases.ts");
  const timeCases = [...networkCases, ...lossCases];
  const memory = canMeasureMemory ? memoryNames(timeCases) : [];
  const isNamed = chooser(only, [
    ...[...timeCases, ...costCases, ...attackCases, ...continualCases].map(({ name }) => name),
    ...memory,
  ]);
  if (missing && json === undefined) throw new UsageError("--missing needs --json and its file.");
  const rows = await StoredRows.open(json).catch((error) => {
    throw new UsageError(`--json: ${json} cannot be written (${(error as Error).message}).`);
  });
  const isWanted = (name: string) => isNamed(name) && !(missing && rows.has(name));
  const chosen = <T extends { name: string }>(cases: readonly T[]) =>
    cases.filter(({ name }) => isWanted(name));

  if (flags.profile) {
    await profileRows(flags, { times: chosen(networkCases), costs: chosen(costCases) }, rows);
    return;
  }
  const continual = chosen(continualCases).map(({ name }) => name);
  const avalanche = await pythonWithAvalanche(flags, only.length > 0 && continual.length > 0);
  await benchTimes(flags, chosen(timeCases), rows);
  await benchCosts(flags, chosen(costCases), rows);
  await benchMemory(flags, memory.filter(isWanted), rows);
  if (avalanche !== undefined) await benchAvalanche(flags, { avalanche, names: continual, rows });
  await benchAttacks(flags, chosen(attackCases), rows);
}

/** Continual learning beside avalanche-lib. */
async function benchAvalanche(
  { threads, rounds }: BenchFlags,
  { avalanche, names, rows }: { avalanche: string; names: readonly string[]; rows: StoredRows },
): Promise<void> {
  if (names.length === 0) return;
  const { compareContinual } = await import("../../tests/bench/compare_continual.ts");
  log(
    `Continual learning; threads of each side: ${threads}; load of the machine: ${machineLoad()}`,
  );
  const paces = await compareContinual(names, { python: avalanche, threads, rounds });
  for (const row of paces) rows.put(row);
  console.log(describePaces(paces));
}

function machineLoad(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

/** Steps and losses beside PyTorch. */
async function benchTimes(
  flags: BenchFlags,
  cases: readonly TimeCase[],
  rows: StoredRows,
): Promise<void> {
  if (cases.length === 0) return;
  const { threads, rounds, compile: compiled = false } = flags;
  const pytorch = await runningPyTorch(flags);
  log(
    `PyTorch ${pytorch.version}; threads of each side: ${threads}; load of the machine: ${machineLoad()}`,
  );
  const times: (TimeRow & { variant: string })[] = [];
  await inTurn(cases, async (row) => {
    const time = await compareTimes(row, pytorch, { rounds, seconds: SECONDS, compiled });
    times.push(time);
    const { variant: _, ...stored } = time;
    rows.put(stored);
  });
  await pytorch.stop();
  console.log(describeTimes(times));
}

/** Where the time of steps goes. */
async function profileRows(
  flags: BenchFlags,
  { times, costs }: { times: readonly TimeCase[]; costs: readonly CostCase[] },
  rows: StoredRows,
): Promise<void> {
  const { profileTimes, profileCost } = await import("../../tests/bench/profile.ts");
  const runs = { threads: flags.threads, seconds: SECONDS };
  const profiles: Profile[] = [];
  const keep = (profile: Profile) => {
    profiles.push(profile);
    rows.put(profile);
  };
  if (times.length > 0) {
    const pytorch = await runningPyTorch(flags);
    await inTurn(times, async (row) => {
      keep(await profileTimes(row, pytorch, runs));
    });
    await pytorch.stop();
  }
  if (costs.length > 0) await inTurn(costs, (row) => keep(profileCost(row, runs)));
  console.log(profiles.map(describeProfile).join("\n"));
}

/** Steps with HEM beside those with cross-entropy. */
async function benchCosts(
  { rounds }: BenchFlags,
  cases: readonly CostCase[],
  rows: StoredRows,
): Promise<void> {
  if (cases.length === 0) return;
  const costs: CostRow[] = [];
  await inTurn(cases, (row) => {
    const cost = compareCost(row, { rounds, seconds: SECONDS });
    costs.push(cost);
    rows.put(cost);
  });
  console.log(describeCosts(costs));
}

/** Peak memory beside PyTorch. */
async function benchMemory(
  flags: BenchFlags,
  names: readonly string[],
  rows: StoredRows,
): Promise<void> {
  if (names.length === 0) return;
  const python = await pythonWithPyTorch(flags);
  const peaks: MemoryRow[] = [];
  await inTurn(names.map((name) => ({ name })), async ({ name }) => {
    const peak = await compareMemory(name, { python, threads: flags.threads });
    peaks.push(peak);
    rows.put(peak);
  });
  console.log(describeMemory(peaks));
}

/** AutoAttack beside torchattacks. */
async function benchAttacks(
  flags: BenchFlags,
  cases: readonly AttackCase[],
  rows: StoredRows,
): Promise<void> {
  if (cases.length === 0) return;
  const python = await pythonWithPyTorch(flags);
  const { compareAttacks } = await import("../../tests/bench/compare_attacks.ts");
  const attacks: AttackRow[] = [];
  await inTurn(cases, async (row) => {
    const attack = await compareAttacks(row, { ...flags, python });
    attacks.push(attack);
    rows.put(attack);
  });
  console.log(describeAttacks(attacks));
}

/** Measures row after row, with progress. */
async function inTurn<Row extends { name: string }>(
  cases: readonly Row[],
  measure: (row: Row) => void | Promise<void>,
): Promise<void> {
  const progress = startProgress("Comparing", cases.length);
  for (const [i, row] of cases.entries()) {
    progress.update(i, row.name);
    await measure(row);
  }
  progress.update(cases.length, "");
  progress.finish();
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

async function runningPyTorch(flags: BenchFlags): Promise<PyTorch> {
  const python = await pythonWithPyTorch(flags);
  return await startPyTorch(python, flags.threads).catch((error) => {
    throw new UsageError(`PyTorch cannot be started with ${python}: ${error.message}`);
  });
}

async function pythonWithPyTorch({ python, setupPytorch }: BenchFlags): Promise<string> {
  if (python !== undefined) return python;
  const installed = setupPytorch ? await setUpPeer("pytorch") : installedPeer("pytorch");
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
  const installed = setupAvalanche ? await setUpPeer("avalanche") : installedPeer("avalanche");
  if (installed !== undefined || !isAsked) return installed;
  throw new UsageError(
    "avalanche-lib is not there to compare with. `deno task bench --setup-avalanche` installs it in " +
      ".runtime/avalanche (up to 6 GB on Linux), or name a Python that has it with --avalanche.",
  );
}

if (import.meta.main) await runCommand(benchCommand());
