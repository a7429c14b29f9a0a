import { join } from "node:path";
import {
  type Dataset,
  loadDataset,
  loadStandIn,
  makeDataset,
  presentSets,
  subset,
} from "../datasets/mod.ts";
import { attackWork, experimentOf } from "../experiments/mod.ts";
import { isFile, writeAtomically } from "../files/mod.ts";
import { losses } from "../losses/mod.ts";
import { buildNetwork, type Network } from "../models/mod.ts";
import { threadCount } from "../runtime/mod.ts";
import { loadWeights, saveWeights, train } from "../training/mod.ts";
import {
  type Costs,
  estimateStage,
  hashOfFile,
  isDone,
  lockTrial,
  openStore,
  type ResultRow,
  type RunOptions,
  type StageRecord,
  type Store,
  trainingStage,
  type Trial,
  trialId,
  trialSeed,
  weightsFile,
} from "../trials/mod.ts";
import { environment } from "./environment.ts";
import { StoppedError } from "./evaluation.ts";
import { evaluationOf } from "./evaluations.ts";

// Long enough to cost nothing beside the training, short enough to lose little.
const secondsBetweenCheckpoints = 30;

/**
 * Runs what is pending of a trial in this process: the training, unless its record and its weights
 * are there, then its section's evaluations. Each stage is stored when it is done; a training that
 * was interrupted goes on from its checkpoint.
 *
 * @throws {TrialBusyError} where another process runs the trial.
 * @throws {DivergenceError} where the loss is no longer a number; nothing is stored then.
 * @throws {MissingDataError} where the data set is not on this machine.
 */
export async function runTrial(trial: Trial, options: RunOptions): Promise<"done" | "stopped"> {
  const store = openStore({ data: options.data });
  const lock = lockTrial(store.runFolder(trialId(trial)));
  try {
    const { evaluations, metrics } = experimentOf(trial.section);
    const stages = [trainingStage, ...evaluations];
    const present = await presentSets({ data: options.data });
    const isPresent = (dataset: string) => present.has(dataset);
    const id = trialId(trial);
    const pending = stages.filter((stage) => !isDone(store, id, stage, { isPresent, metrics }));
    return pending.length === 0 ? "done" : await runStages(trial, pending, store, options);
  } catch (error) {
    if (error instanceof StoppedError) return "stopped";
    throw error;
  } finally {
    lock.release();
  }
}

/** A trial under way. */
interface Run {
  trial: Trial;
  id: string;
  store: Store;
  dataset: Dataset;
  network: Network;
  options: RunOptions;
  /** How much of the present stage is done, 0 to 1. */
  report: (fraction: number, note: string) => void;
}

async function runStages(
  trial: Trial,
  pending: readonly string[],
  store: Store,
  options: RunOptions,
): Promise<"done" | "stopped"> {
  const id = trialId(trial);
  if (threadCount() !== trial.recipe.threads) {
    options.onNote?.(
      `runs on ${threadCount()} threads instead of ${trial.recipe.threads}: ` +
        "its numbers may differ in the last digits",
    );
  }
  const weights = weightsFile(store, id);
  const trains = pending.includes(trainingStage) || !isFile(weights);
  if (trains && !pending.includes(trainingStage)) {
    options.onNote?.("its weights are gone: trains again for the evaluations that are missing");
  } else if (trains && isFile(weights) && !isFile(checkpointFile(store, id))) {
    options.onNote?.("its training has no record that can be trusted: trains again");
  }
  const stages = [trainingStage, ...pending.filter((stage) => stage !== trainingStage)];
  const progress = stageProgress(trial, trains ? stages : stages.slice(1), options);
  const dataset = await loadTrialData(trial, options.data);
  const network = buildNetwork(trial.network.name, {
    classes: dataset.classes,
    inputShape: dataset.imageShape,
    seed: trialSeed(trial),
    options: trial.network.options ?? {},
  });
  for (const stage of stages) {
    if (options.signal?.aborted) return "stopped";
    const run: Run = { trial, id, store, dataset, network, options, report: progress(stage) };
    if (stage !== trainingStage) await runEvaluation(run, stage);
    else {
      if (trains) await runTraining(run, pending.includes(trainingStage));
      else await loadStoredWeights(network, weights);
      if (hashOfFile(weights) !== store.get(id, trainingStage)?.weights?.sha256) {
        options.onNote?.(
          "its weights are not those of its training's record: what is measured now is of other " +
            "weights than what was measured before, as its figures say",
        );
      }
    }
  }
  return "done";
}

async function loadStoredWeights(network: Network, file: string): Promise<void> {
  try {
    await loadWeights(network, file);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}; delete the file to train again`, { cause: error });
  }
}

async function runTraining(run: Run, isRecorded: boolean): Promise<void> {
  const { trial, id, store, dataset, network, options, report } = run;
  const { recipe } = trial;
  options.onStage?.(trainingStage);
  const startedAt = new Date().toISOString();
  const file = checkpointFile(store, id);
  const { finished, epochs } = await train({
    network,
    loss: losses[trial.loss.name]({
      classCounts: classCounts(dataset),
      ...(trial.loss.options && { options: trial.loss.options }),
    }),
    images: dataset.train,
    recipe,
    seed: trialSeed(trial),
    checkpoint: { file, everySeconds: secondsBetweenCheckpoints, identity: id },
    ...(options.signal && { signal: options.signal }),
    onStep: (step, total) => {
      const epoch = Math.ceil(step * recipe.epochs / total);
      report(step / total, `epoch ${epoch}/${recipe.epochs}`);
    },
  });
  if (!finished) throw new StoppedError("Stopped in training");
  await saveWeights(network, weightsFile(store, id), { trial: id });
  if (isRecorded) {
    const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    store.write({ ...recordOf(run, trainingStage, startedAt), seconds, rows: [], epochs });
  }
  // The weights say all that it said.
  await Deno.remove(file);
}

async function runEvaluation(run: Run, stage: string): Promise<void> {
  const { trial, id, network, dataset, store, options, report } = run;
  options.onStage?.(stage);
  const common = recordOf(run, stage, new Date().toISOString());
  const scratch = join(store.runFolder(id), stage);
  await Deno.mkdir(scratch, { recursive: true });
  const clock = stageClock(scratch);
  const previous = store.get(id, stage);
  const measurements = await evaluationOf(stage)({
    trial,
    network,
    dataset,
    weights: common.weights.sha256,
    data: options.data,
    scratch,
    ...(previous && { previous }),
    advance: (fraction, note) => {
      if (options.signal?.aborted) {
        clock.keep();
        throw new StoppedError(`Stopped in "${stage}"`);
      }
      report(fraction, `${stage}: ${note}`);
    },
  });
  const record = { ...common, seconds: clock.seconds(), ...measurements };
  if (previous === undefined) store.write(record);
  else completeRecord(store, previous, record);
  await Deno.remove(scratch, { recursive: true });
  report(1, stage);
}

/** The seconds that a stage has taken, those before it was stopped included. */
function stageClock(scratch: string) {
  const file = join(scratch, "seconds");
  const before = isFile(file) ? Number(Deno.readTextFileSync(file)) : 0;
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1000;
  return { seconds, keep: () => writeAtomically(file, String(seconds())) };
}

/** Adds what was measured beside what a record has; where there was nothing, it stays as it is. */
function completeRecord(store: Store, previous: StageRecord, record: StageRecord): void {
  const isNew = ({ dataset, metric }: ResultRow) =>
    !previous.rows.some((row) => row.dataset === dataset && row.metric === metric);
  const datasets = [...new Set(record.rows.filter(isNew).map(({ dataset }) => dataset))];
  if (datasets.length === 0) return;
  const { startedAt, seconds, environment } = record;
  const completion = { datasets, startedAt, seconds, environment };
  store.complete({
    ...record,
    startedAt: previous.startedAt,
    seconds: previous.seconds,
    environment: previous.environment,
    completions: [...previous.completions ?? [], completion],
  });
}

/** The part that the records of all stages have in common. */
function recordOf({ trial, id, store }: Run, stage: string, startedAt: string) {
  return {
    trial,
    id,
    stage,
    startedAt,
    environment: environment(),
    weights: { sha256: hashOfFile(weightsFile(store, id))! },
  } satisfies Partial<StageRecord>;
}

/** The data set of a trial or its stand-in, with as many images as the trial says: the first ones. */
async function loadTrialData(trial: Trial, data: string): Promise<Dataset> {
  const { name, trainCount, testCount, standIn } = trial.dataset;
  const { classNames, train, test } = standIn
    ? await loadStandIn(name, join(data, "runs", "stand_in", name))
    : await loadDataset(name, { data, ...(testCount !== undefined && { testCount }) });
  return makeDataset({
    name,
    classNames,
    train: trainCount === undefined ? train : subset(train, trainCount),
    test: testCount === undefined ? test : subset(test, testCount),
  });
}

function classCounts({ classes, train }: Dataset): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of train.labels) counts[label]!++;
  return counts;
}

// Stages are compared with each other alone, so that where no seconds are known any network and speed will do.
const relative: Costs = {
  attackOf: attackWork,
  networkOf: () => ({
    parameters: 1,
    trainedParameters: 1,
    macs: 1,
    trainingMacs: 1,
    keptBytes: 1,
  }),
  device: { name: "any", flopsPerSecond: 1, memory: 1 },
};

/** Progress over several stages, weighted by their expected cost. */
function stageProgress(trial: Trial, stages: readonly string[], options: RunOptions) {
  const costs = stages.map((stage) =>
    estimateStage(trial, stage, new Map(), relative)?.seconds ?? 1
  );
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return (stage: string) => {
    const at = Math.max(0, stages.indexOf(stage));
    const before = costs.slice(0, at).reduce((sum, cost) => sum + cost, 0);
    return (fraction: number, note: string) =>
      options.onProgress?.(before + fraction * costs[at]!, total, note);
  };
}

function checkpointFile(store: Store, id: string): string {
  return join(store.runFolder(id), "checkpoint.safetensors");
}
