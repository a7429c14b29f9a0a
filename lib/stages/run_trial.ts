import { join } from "node:path";
import { isPresentFor, presentSets } from "../datasets/mod.ts";
import { isFile, isThere, sweepTemporary } from "../files/mod.ts";
import { threadCount } from "../runtime/mod.ts";
import {
  hashOfFile,
  lockTrial,
  measuredWeights,
  openStore,
  type PlannedTrial,
  recordsOfTrial,
  type Stage,
  stageKey,
  stageLabel,
  type StageRecord,
  type Store,
  type Trial,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import { stageDefinition } from "./catalogue.ts";
import { pendingStages } from "./pending.ts";
import { provenance } from "./provenance.ts";
import { putAside } from "./put_aside.ts";
import { stageClock, type Timed, timed } from "./stage_clock.ts";
import {
  type Measurements,
  type RunOptions,
  type StageContext,
  type StageDoing,
  StoppedError,
  type TrialContext,
} from "./work.ts";

/**
 * Runs what is pending of a trial in this process: the stage that makes its weights, unless its record and its weights are
 * there, then the others. Each stage is stored when it is done; what was interrupted goes on from where it stood. A training
 * that diverges is stored as such, and nothing is measured then.
 *
 * @throws {TrialBusyError} where another process runs the trial.
 * @throws {MissingDataError} where the data set is not on this machine.
 */
export async function runTrial(
  { trial, stages }: PlannedTrial,
  options: RunOptions,
): Promise<"done" | "stopped"> {
  const store = openStore({ data: options.data });
  const id = trialId(trial);
  const lock = lockTrial(store.runFolder(id));
  try {
    // What a process left that was killed while it wrote.
    sweepTemporary(store.runFolder(id));
    sweepTemporary(join(options.data, "results", trial.scale, id));
    if (options.again !== undefined) forget({ trial, stages }, options.again, store);
    const present = await presentSets({ data: options.data });
    const isPresent = (dataset: string) => isPresentFor({}, present.get(dataset));
    const run = new Run({ trial, stages, store, options });
    const pending = () => pendingStages({ trial, stages }, store, isPresent).pending;
    if (pending().length === 0) return "done";
    if (await run.makeWeights(pending()) === "diverged") return "done";
    // Asked again: weights that came out differently have no measurements yet.
    await run.measure(pending());
    return "done";
  } catch (error) {
    if (error instanceof StoppedError) return "stopped";
    throw error;
  } finally {
    lock.release();
  }
}

/**
 * Makes room for doing a trial anew: its records are kept as superseded ones, its weights put aside; what is half done goes. Nothing
 * where its training began at another time: then it has been made anew already.
 */
function forget({ trial, stages }: PlannedTrial, began: string, store: Store): void {
  const id = trialId(trial);
  const [made, ...measured] = recordsOfTrial(id, stages, store);
  if (made?.startedAt !== began) return;
  for (const record of measured) store.putAside(record);
  const checkpoint = join(store.runFolder(id), "checkpoint.safetensors");
  for (const file of [weightsFile(store, id), checkpoint]) if (isFile(file)) putAside(file);
  for (const stage of stages) {
    const scratch = join(store.runFolder(id), stageKey(stage));
    if (isThere(scratch)) Deno.removeSync(scratch, { recursive: true });
  }
  // Last: whoever is killed before forgets the rest the next time, and without it a trial goes on from what is half done.
  store.putAside(made);
}

/** A trial under way. */
class Run {
  readonly #trial: Trial;
  readonly #stages: readonly Stage[];
  readonly #store: Store;
  readonly #options: RunOptions;
  readonly #id: string;
  readonly #shared = new Map<string, Promise<unknown>>();
  #progress: (stage: Stage) => (fraction: number, note: string) => void;

  constructor(
    { trial, stages, store, options }: PlannedTrial & { store: Store; options: RunOptions },
  ) {
    this.#trial = trial;
    this.#stages = stages;
    this.#store = store;
    this.#options = options;
    this.#id = trialId(trial);
    this.#progress = stageProgress(trial, stages, options);
    if (threadCount() !== trial.recipe.threads) {
      this.#note(
        `runs on ${threadCount()} threads instead of ${trial.recipe.threads}: ` +
          "its numbers may differ in the last digits",
      );
    }
  }

  /** Sees to it that the trial's weights are there, and are those of its record. */
  async makeWeights(pending: readonly Stage[]): Promise<"there" | "diverged"> {
    const [first] = this.#stages;
    const file = weightsFile(this.#store, this.#id);
    const made = this.#store.get(this.#id, first!);
    const followed = await this.#followers(pending);
    if (made !== undefined && followed.length === 0 && this.#areWeightsOf(made, file)) {
      this.#progress = stageProgress(this.#trial, pending, this.#options);
      return "there";
    }
    if (made === undefined && isFile(file) && !isFile(this.#checkpoint)) {
      this.#note("its training has no record that can be trusted: trains again");
    }
    const others = pending.filter((stage) => stageKey(stage) !== stageKey(first!));
    this.#progress = stageProgress(this.#trial, [first!, ...others], this.#options);
    this.#options.onStage?.(stageLabel(first!));
    const startedAt = new Date().toISOString();
    const { make } = await doing(first!, "make");
    const context = await this.#context(first!, { file, sha256: "" });
    const { signal } = this.#options;
    const { outcome, seconds, ...measured } = await make({
      ...context,
      checkpoint: this.#checkpoint,
      ...(signal && { signal }),
      followers: followed.map(({ follower }) => follower),
    });
    // One that diverged has none, whatever lies there of another training.
    const sha256 = outcome.name === "finished" ? hashOfFile(file) : undefined;
    const record: StageRecord = {
      ...this.#recordOf(first!, startedAt),
      outcome,
      seconds,
      ...(sha256 !== undefined && { weights: { sha256, role: "made" } }),
      ...measured,
    };
    if (made === undefined || made.weights?.sha256 !== sha256) {
      if (made !== undefined) {
        this.#note(
          "the same training gave other weights than before (another machine or other versions): " +
            `all is measured anew, and its first record lies in ${this.#store.putAside(made)}`,
        );
      }
      this.#putAsideOthers(sha256);
      this.#store.write(record);
    }
    for (const { stage, follower, seconds } of outcome.name === "finished" ? followed : []) {
      this.#store.write({
        ...this.#recordOf(stage, startedAt),
        // Those of the training leave them out.
        seconds: seconds(),
        weights: { sha256: sha256!, role: "measured" },
        ...follower.measurements(),
      });
    }
    // The weights say all that it said.
    if (isFile(this.#checkpoint)) await Deno.remove(this.#checkpoint);
    for (const stage of [first!, ...followed.map(({ stage }) => stage)]) {
      await Deno.remove(this.#scratch(stage), { recursive: true });
    }
    return outcome.name === "diverged" ? "diverged" : "there";
  }

  /** Measures the weights in each of the stages. */
  async measure(pending: readonly Stage[]): Promise<void> {
    const file = weightsFile(this.#store, this.#id);
    const sha256 = hashOfFile(file)!;
    for (const stage of pending) {
      this.#options.onStage?.(stageLabel(stage));
      const startedAt = new Date().toISOString();
      const { measure } = await doing(stage, "measure");
      const context = await this.#context(stage, { file, sha256 });
      const clock = stageClock(context.scratch);
      const previous = this.#store.get(this.#id, stage, sha256);
      const measured = await measure({
        ...context,
        advance: (fraction, note) => {
          clock.keepNowAndThen(this.#options.signal?.aborted);
          context.advance(fraction, note);
        },
        ...(previous && { previous }),
      });
      const record: StageRecord = {
        ...this.#recordOf(stage, startedAt),
        seconds: clock.seconds(),
        weights: { sha256, role: "measured" },
        ...measured,
      };
      if (previous === undefined) this.#store.write(record);
      else completeRecord(this.#store, previous, record);
      await Deno.remove(context.scratch, { recursive: true });
    }
  }

  /** Pending stages that watch the training, which has to run for them. */
  async #followers(pending: readonly Stage[]): Promise<(Timed & { stage: Stage })[]> {
    const found = [];
    for (const stage of pending) {
      const { follows, load } = stageDefinition(stage.name);
      const doing = follows && await load();
      if (!doing || !("follow" in doing)) continue;
      const file = weightsFile(this.#store, this.#id);
      const context = await this.#context(stage, { file, sha256: "" });
      // How far all is, the training itself says.
      const advance = () => this.#checkStop(stage);
      const follower = await doing.follow({ ...context, advance });
      found.push({ stage, ...timed(follower, context.scratch) });
    }
    return found;
  }

  /** Whether the file holds the weights that a record says; what else lies there is put aside. */
  #areWeightsOf(made: StageRecord, file: string): boolean {
    const found = hashOfFile(file);
    if (found === undefined) {
      this.#note("its weights are gone: trains again for what is missing");
      return false;
    }
    if (found === made.weights?.sha256) return true;
    const aside = putAside(file);
    this.#note(
      `its weights are not those of its record (another hash): trains again; they lie in ${aside}`,
    );
    return false;
  }

  /** Puts aside what was measured of other weights than these, by stages that only other sections ask for too. */
  #putAsideOthers(sha256: string | undefined): void {
    const others = this.#store.read({ id: this.#id }).filter((record) => {
      const measured = measuredWeights(record);
      return measured !== undefined && measured !== sha256;
    });
    if (others.length === 0) return;
    for (const record of others) this.#store.putAside(record);
    this.#note(
      `results of other weights than these, superseded now: ${others.length} ` +
        `(${others.map(({ stage }) => stageLabel(stage)).join(", ")}); ` +
        "what this run does not measure anew, the sections that ask for it do at their next run",
    );
  }

  async #context(stage: Stage, weights: StageContext["weights"]): Promise<TrialContext> {
    const scratch = this.#scratch(stage);
    await Deno.mkdir(scratch, { recursive: true });
    const report = this.#progress(stage);
    return {
      trial: this.#trial,
      dataset: this.#trial.dataset,
      stage,
      data: this.#store.data,
      scratch,
      weights,
      shared: <T>(name: string, make: () => Promise<T>) => {
        const known = this.#shared.get(name) ?? make();
        this.#shared.set(name, known);
        return known as Promise<T>;
      },
      advance: (fraction, note) => {
        const isFirst = stageKey(stage) === stageKey(this.#stages[0]!);
        // A training stops at its own place, with a checkpoint.
        if (!isFirst) this.#checkStop(stage);
        report(fraction, isFirst ? note : `${stageLabel(stage)}: ${note}`);
      },
      note: (message) => this.#note(message),
    };
  }

  /** @throws {StoppedError} where a stop was asked for */
  #checkStop(stage: Stage): void {
    if (!this.#options.signal?.aborted) return;
    throw new StoppedError(`Stopped in "${stageLabel(stage)}"`);
  }

  /** The part that the records of all stages have in common. */
  #recordOf(stage: Stage, startedAt: string) {
    return {
      id: this.#id,
      trial: this.#trial,
      stage,
      outcome: { name: "finished" as const },
      provenance: provenance(),
      startedAt,
    };
  }

  #note(message: string): void {
    this.#options.onNote?.(message);
  }

  get #checkpoint(): string {
    return join(this.#store.runFolder(this.#id), "checkpoint.safetensors");
  }

  #scratch(stage: Stage): string {
    return join(this.#store.runFolder(this.#id), stageKey(stage));
  }
}

/** The work of a stage, which has to be of a kind: the first stage of a trial makes its weights, and no other does. */
async function doing<Kind extends "make" | "measure">(
  { name }: Stage,
  kind: Kind,
): Promise<Extract<StageDoing, Record<Kind, unknown>>> {
  const found = await stageDefinition(name).load();
  if (kind in found) return found as Extract<StageDoing, Record<Kind, unknown>>;
  throw new TypeError(
    kind === "make"
      ? `Cannot begin a trial with the stage "${name}": it does not make weights`
      : `Cannot use the stage "${name}" after the first: it makes weights`,
  );
}

/** Adds what was measured beside what a record has; where there was nothing, it stays as it is. */
function completeRecord(store: Store, previous: StageRecord, record: StageRecord): void {
  const isNew = (row: Measurements["rows"][number]) =>
    !previous.rows.some(({ dataset, metric, at }) =>
      dataset === row.dataset && metric === row.metric &&
      JSON.stringify(at) === JSON.stringify(row.at)
    );
  const datasets = [...new Set(record.rows.filter(isNew).map(({ dataset }) => dataset!))];
  if (datasets.length === 0) return;
  const { startedAt, seconds, provenance, facts } = record;
  const completion = { datasets, provenance, startedAt, seconds, ...(facts && { facts }) };
  store.complete({
    ...previous,
    rows: record.rows,
    ...(record.histograms && { histograms: record.histograms }),
    ...(record.missing && { missing: record.missing }),
    completions: [...previous.completions ?? [], completion],
  });
}

// A backward pass costs as much as two forward ones.
const passesOfLearning = 3;

/**
 * Progress over several stages, weighted by the images that go through the network; those that watch the training, which comes
 * first, are a part of it.
 */
function stageProgress(trial: Trial, stages: readonly Stage[], options: RunOptions) {
  const weights = stages.map((stage) => {
    const work = stageDefinition(stage.name).work(trial, stage);
    return work === undefined ? 1 : passesOfLearning * work.learnt + work.seen;
  });
  for (const [i, { name }] of stages.entries()) {
    if (i === 0 || !stageDefinition(name).follows) continue;
    weights[0]! += weights[i]!;
    weights[i] = 0;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (stage: Stage) => {
    const found = stages.findIndex((one) => stageKey(one) === stageKey(stage));
    const before = weights.slice(0, Math.max(0, found)).reduce((sum, weight) => sum + weight, 0);
    return (fraction: number, note: string) =>
      options.onProgress?.(before + fraction * (weights[found] ?? 0), total, note);
  };
}
