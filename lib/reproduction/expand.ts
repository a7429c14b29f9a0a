import { isDeepStrictEqual } from "node:util";
import {
  type Condition,
  type Experiment,
  experimentOf,
  type Run,
  type ScaleChange,
} from "../experiments/mod.ts";
import {
  conditionNameOf,
  conditionOf,
  labelsOf,
  type PlannedTrial,
  type Scale,
  seedOf,
  type Stage,
  type Trial,
  trialId,
  withEpochs,
} from "../trials/mod.ts";

/** A condition of a section as a scale has it. */
export interface ScaledCondition {
  section: string;
  /** `<data>/<method>`, such as `cifar10_lt100/resnet32`. */
  name: string;
  condition: Condition;
  /** What it asks for; nothing where it is no part of the scale. */
  planned: PlannedTrial[];
  /** The losses with their variants that the paper has of it, as globs name them. */
  possible: string[];
  /** Why it is no part of the scale. */
  excluded?: string;
  /** The name that the condition has in the paper, where another network or data set stands in. */
  standsFor?: string;
}

/** What `trialsOf()` may change. */
export interface TrialOptions {
  /** Repeats of each condition and loss, instead of the scale's own number. */
  repeats?: number;
  /** Images that go through the network at once, where that is less than a batch. */
  microBatch?: number;
}

/**
 * All conditions of an experiment at a scale, in the paper's order, with the trials and stages of each.
 *
 * @throws {RangeError} where two different trainings have one name, so that figures would take them for the same
 */
export function conditionsAt(
  experiment: Experiment,
  scale: Scale,
  options: TrialOptions = {},
): ScaledCondition[] {
  const conditions = experiment.conditions.map((condition): ScaledCondition => {
    const change = experiment.scales[scale](condition);
    const common = {
      section: experiment.section,
      condition,
      possible: runsOf(experiment, condition).flatMap((run) => labelsOf(run, condition.stages)),
    };
    const paper = conditionNameOf(condition.trial);
    if (typeof change === "string") {
      return { ...common, name: paper, planned: [], excluded: change };
    }
    const planned = plannedOf(experiment, condition, change, scale, options);
    const name = planned[0] ? conditionNameOf(planned[0].trial) : paper;
    return {
      ...common,
      name,
      planned,
      ...(name !== paper && { standsFor: paper }),
    };
  });
  checkNames(conditions);
  return conditions;
}

function checkNames(conditions: readonly ScaledCondition[]): void {
  const known = new Map<string, string>();
  for (const { section, planned } of conditions) {
    for (const { trial } of planned.filter(({ trial }) => trial.index === 0)) {
      const name = conditionOf(trial);
      const id = trialId(trial);
      if ((known.get(name) ?? id) !== id) {
        throw new RangeError(
          `Section ${section} has two different trainings named ${name}: give the runs of one a variant, ` +
            "or put it into an experiment of its own",
        );
      }
      known.set(name, id);
    }
  }
}

/** What some sections ask for at a scale: each trial once, with the stages that any of them wants. */
export function planOf(
  sections: string | readonly string[],
  scale: Scale,
  options: TrialOptions = {},
): PlannedTrial[] {
  return [sections].flat().flatMap((section) =>
    conditionsAt(experimentOf(section), scale, options).flatMap(({ planned }) => planned)
  );
}

function plannedOf(
  experiment: Experiment,
  condition: Condition,
  change: ScaleChange,
  scale: Scale,
  { repeats, microBatch = Infinity }: TrialOptions,
): PlannedTrial[] {
  const { trial } = condition;
  const stages = stagesOf(condition, change);
  const count = repeats ?? change.repeats ?? condition.repeats;
  return runsOf(experiment, condition).filter(change.runs ?? (() => true)).flatMap((run) => {
    const { loss, variant, recipe: own } = run;
    const changed = { ...trial, ...run.trial };
    const template = {
      ...changed,
      dataset: { ...changed.dataset, ...change.dataset },
      network: change.network ?? changed.network,
    };
    const paper = { ...(change.recipe ?? condition.recipe), ...own };
    const recipe = withEpochs(paper, change.epochs ?? paper.epochs);
    const batchSize = change.batchSize ?? recipe.batchSize;
    return Array.from({ length: count }, (_, index) => {
      const trial = {
        ...template,
        scale,
        loss,
        recipe: { ...recipe, batchSize, ...(microBatch < batchSize && { microBatch }) },
        seed: seedOf({ ...template, index }),
        index,
        ...(variant !== undefined && { variant }),
      } as Trial;
      return { trial, stages };
    });
  });
}

function runsOf({ losses }: Experiment, { runs }: Condition): readonly Run[] {
  return runs ?? losses.map((name) => ({ loss: { name } }));
}

function stagesOf({ stages }: Condition, change: ScaleChange): Stage[] {
  return stages.flatMap((stage) => {
    const own = change.stages?.[stage.name];
    if (own === null) return [];
    // What a variant is about stays as it is; one that stands alone takes every change, since nothing says what it is about.
    const usual = stage.variant === undefined
      ? undefined
      : stages.find(({ name, variant }) => name === stage.name && variant === undefined);
    const changed = Object.entries(own ?? {}).filter(([name]) =>
      usual === undefined || isDeepStrictEqual(stage.settings[name], usual.settings[name])
    );
    return [{ ...stage, settings: { ...stage.settings, ...Object.fromEntries(changed) } }];
  });
}
