import { classCounts, type Dataset } from "../datasets/mod.ts";
import { z } from "zod";
import {
  type ContinualResults,
  learnExperiences,
  makeScenario,
  makeStrategy,
  normalisationNames,
  normalisationOf,
  type Scenario,
} from "../continual/mod.ts";
import { continualMetrics, finalAccuracies } from "../evaluation/mod.ts";
import { type Loss, losses } from "../losses/mod.ts";
import { buildNetwork } from "../models/mod.ts";
import { deriveSeed } from "../random/mod.ts";
import {
  DivergenceError,
  type EpochRecord,
  Learner,
  learningRateAt,
  saveWeights,
} from "../training/mod.ts";
import { type ContinualTrial, describeIssues, type ResultRow, trialId } from "../trials/mod.ts";
import { loadTrialData } from "./classifier.ts";
import { divergence } from "./divergence.ts";
import { resuming } from "./put_aside.ts";
import { type Made, type MakeContext, StoppedError } from "./work.ts";

/** What a trial's benchmark may say beside its name, scenario and number of experiences. */
const benchmarkOptions = z.strictObject({
  /** How the logits of a head per task are laid out. */
  headMode: z.exactOptional(z.enum(["clean", "avalanche"])),
  /** Of an experience's images, the data set's order unless given. */
  imageOrder: z.exactOptional(z.enum(["dataset", "class"])),
  /** Of which images the number N in HEM's margin is: the whole data set's, or the first experience's. */
  marginSamples: z.enum(["dataset", "experience"]).default("dataset"),
  /** Share of each experience's training images, the last ones, that are not learnt. */
  heldOut: z.number().min(0).lt(1).default(0),
  /** The normalisation's name; the data set's own unless given. */
  normalisation: z.exactOptional(z.enum(normalisationNames)),
});

/**
 * Learns the trial's experiences and saves the last weights. A run that was interrupted goes on from its checkpoint; one whose
 * loss is no number any more is a result too.
 */
export function learnContinually(context: MakeContext): Promise<Made> {
  return resuming(() => learn(context), context);
}

async function learn(context: MakeContext): Promise<Made> {
  const { trial, weights, scratch, signal, advance } = context;
  if (trial.kind !== "continual") {
    throw new TypeError(
      `The stage "continual" is for continual trials, not for a ${trial.kind} one`,
    );
  }
  const { recipe, benchmark, seed } = trial;
  if (recipe.skipLearnt) {
    throw new RangeError("Continual learning skips no samples: take skipLearnt out of the recipe");
  }
  const options = optionsOf(trial);
  const dataset = await loadTrialData(trial, context.data);
  const scenario = makeScenario(dataset, {
    name: benchmark.name,
    scenario: benchmark.scenario,
    experiences: benchmark.experiences,
    seed: deriveSeed(seed, "scenario"),
    ...(options.headMode && { headMode: options.headMode }),
    ...(options.imageOrder && { imageOrder: options.imageOrder }),
  });
  const build = () =>
    buildNetwork(trial.network.name, {
      classes: scenario.classes,
      inputShape: dataset.imageShape,
      seed,
      options: trial.network.options ?? {},
      heads: scenario.heads,
    });
  using held = new DisposableStack();
  const network = held.adopt(build(), (network) => network.dispose());
  const loss = lossOf(trial, dataset, scenario, options.marginSamples);
  const made = makeStrategy(trial.strategy.name, trial.strategy.options ?? {}, {
    network,
    loss,
    buildNetwork: build,
    scenario: scenario.name,
    columns: columnsOf(scenario),
    heads: scenario.heads,
    classes: dataset.classes,
    batchSize: recipe.batchSize,
    seed,
  });
  const strategy = held.adopt(made, (strategy) => strategy.dispose?.());
  const learner = held.adopt(
    new Learner({ ...recipe, network, loss, seed, hooks: strategy }),
    (learner) => learner.dispose(),
  );
  try {
    const results = await learnExperiences({
      scenario,
      learner,
      strategy,
      order: {
        epochs: recipe.epochs,
        batchSize: recipe.batchSize,
        dropLast: strategy.dropsLast ?? false,
        heldOut: options.heldOut,
        augmentation: recipe.augmentation,
        seed,
      },
      normalisation: normalisationOf(
        options.normalisation ?? trial.dataset.name,
        dataset.imageShape[2],
      ),
      learningRate: (step, stepsPerEpoch) => learningRateAt(step, { ...recipe, stepsPerEpoch }),
      checkpoint: { folder: scratch, identity: trialId(trial) },
      ...(signal && { signal }),
      onStep: (step, total) => {
        const experience = Math.min(
          benchmark.experiences,
          1 + Math.floor(step * benchmark.experiences / total),
        );
        const note = `experience ${experience}/${benchmark.experiences}`;
        advance(step / total, strategy.isJoint ? "all experiences" : note);
      },
    });
    if (results === undefined) throw new StoppedError("Stopped in continual learning");
    await saveWeights(network, weights.file, { trial: trialId(trial) });
    return {
      outcome: { name: "finished" },
      seconds: results.epochs.flat().reduce((sum, { seconds }) => sum + seconds, 0),
      rows: rowsOf(results, scenario, trial.dataset.name),
      facts: factsOf(trial, scenario, options),
    };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    // The epochs of joint training are of all experiences, as those of one that finishes.
    return diverged(
      error,
      (epoch) => strategy.isJoint ? benchmark.experiences : 1 + Math.floor(epoch / recipe.epochs),
    );
  }
}

type Options = z.infer<typeof benchmarkOptions>;

function optionsOf({ benchmark }: ContinualTrial): Options {
  const parsed = benchmarkOptions.safeParse(benchmark.options ?? {});
  if (parsed.success) return parsed.data;
  throw new TypeError(`Cannot read the trial's benchmark: ${describeIssues(parsed.error)}`);
}

/** The logits of the classes of each experience. */
export function columnsOf({ name, experiences, heads }: Scenario): readonly (readonly number[])[] {
  const isByPlace = name === "task_incremental"
    ? heads!.mode === "clean"
    : name === "domain_incremental";
  return isByPlace ? experiences.map((classes) => [...classes.keys()]) : experiences;
}

/** The trial's loss; HEM's margin is that of the images that the trial says. */
export function lossOf(
  { loss }: ContinualTrial,
  dataset: Dataset,
  { classes, train, heads }: Scenario,
  marginSamples: Options["marginSamples"],
): Loss {
  const first = train.images.labels.subarray(0, train.starts[1]);
  const counts = classCounts(
    marginSamples === "dataset" ? dataset : { classes, train: { labels: first } },
  );
  const grows = heads?.mode === "avalanche";
  const isOfEachClass = loss.name === "la" || loss.name === "hem_plus";
  if (isOfEachClass && marginSamples === "experience") {
    throw new RangeError(
      `The loss "${loss.name}" has a number for each class, and the first experience need not have images of all: leave out marginSamples`,
    );
  }
  if (isOfEachClass && (grows || counts.length !== classes)) {
    throw new RangeError(
      `The loss "${loss.name}" has a number for each of ${counts.length} classes, and the network gives logits of ${
        grows ? "those seen so far" : classes
      }`,
    );
  }
  return losses[loss.name]({ classCounts: counts, ...(loss.options && { options: loss.options }) });
}

function rowsOf(results: ContinualResults, { test }: Scenario, dataset: string): ResultRow[] {
  const counts = test.starts.slice(1).map((end, k) => end - test.starts[k]!);
  const rows: ResultRow[] = [];
  // Joint training has one row, after all experiences.
  const after = (i: number) => results.correct.length === 1 ? counts.length : i + 1;
  const share = (correct: readonly number[], experience: number) =>
    correct.forEach((value, j) =>
      rows.push({
        metric: "accuracy",
        value: value / counts[j]!,
        dataset,
        at: { experience, task: j + 1 },
      })
    );
  share(results.untrained, 0);
  results.correct.forEach((correct, i) => share(correct, after(i)));
  const { final, average } = finalAccuracies(results.correct.at(-1)!, counts);
  rows.push({ metric: "final_accuracy", value: final, dataset });
  rows.push({ metric: "average_accuracy", value: average, dataset });
  if (results.correct.length === counts.length && counts.length > 1) {
    const { forgetting, backward, forward } = continualMetrics(
      results.correct,
      counts,
      results.untrained,
    );
    rows.push({ metric: "forgetting", value: forgetting, dataset });
    rows.push({ metric: "backward_transfer", value: backward, dataset });
    rows.push({ metric: "forward_transfer", value: forward, dataset });
  }
  results.measures.forEach((measures, i) => {
    for (const [metric, value] of Object.entries(measures)) {
      rows.push({ metric, value, at: { experience: after(i) } });
    }
  });
  results.epochs.forEach((epochs, i) =>
    rows.push(...epochs.flatMap((one) => rowsOfEpoch(one, after(i))))
  );
  return rows;
}

function rowsOfEpoch({ epoch, loss, seconds }: EpochRecord, experience: number): ResultRow[] {
  const at = { experience, epoch: epoch + 1 };
  return [{ metric: "loss", value: loss, at }, { metric: "seconds", value: seconds, at }];
}

/** What captions say beside the numbers. */
function factsOf(
  { benchmark }: ContinualTrial,
  { heads, experiences }: Scenario,
  options: Options,
) {
  return {
    scenario: benchmark.scenario,
    head: heads === undefined ? "one head" : `a head per task (${heads.mode})`,
    margin_samples: options.marginSamples,
    class_order: benchmark.name === "split" ? experiences.flat().join(" ") : "none",
  };
}

/** What is known of a trial that diverged: where, and the epochs before, those of all experiences one after the other. */
function diverged(error: DivergenceError, experienceOf: (epoch: number) => number): Made {
  const { epochs } = error;
  return {
    outcome: divergence(error),
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    rows: epochs.flatMap((one, i) => rowsOfEpoch(one, experienceOf(i))),
  };
}
