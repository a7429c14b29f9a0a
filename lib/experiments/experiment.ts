import type { AttackSettings } from "./attacks.ts";
import type { DatasetChoice, LossName, Recipe, Scale, StageMetrics, Trial } from "../trials/mod.ts";

/** One network on one data set, trained in one way; the losses are compared within it. */
export interface Condition {
  dataset: string;
  network: string;
  /** Parameters that Table 2 counts. */
  parameters: number;
  /** The paper's settings. */
  recipe: Recipe;
  /** Settings of losses that the paper trains in another way. */
  recipes?: Partial<Record<LossName, Recipe>>;
  /** The paper's number of trials. */
  repeats: number;
  /** Where the settings stand in the paper. */
  source: string;
  /** Settings that the paper's text lost or left open, and the default taken. */
  unconfirmed?: readonly string[];
}

/** What a scale changes of the paper's settings; what is absent stays. */
export interface ScaleChange {
  epochs?: number;
  batchSize?: number;
  repeats?: number;
  attack?: Partial<AttackSettings>;
  dataset?: Omit<DatasetChoice, "name">;
}

/** What a scale changes for a condition, or in words why the condition is no part of the scale. */
export type ScaleOfCondition = (condition: Condition) => ScaleChange | string;

/** The trials of one section of the paper, as data. */
export interface Experiment {
  section: string;
  title: string;
  /** The figures and tables that are drawn from its results. */
  figures: readonly string[];
  losses: readonly LossName[];
  /** Stages that follow the training of each trial. */
  evaluations: readonly string[];
  /** The metrics of stages to which metrics were added: older records gain them without a training. */
  metrics: StageMetrics;
  conditions: readonly Condition[];
  scales: Readonly<Record<Scale, ScaleOfCondition>>;
}

/** What `trialsOfExperiment()` may change. */
export interface TrialOptions {
  /** Repeats of each condition and loss, instead of the scale's own number. */
  repeats?: number;
  /** Images that go through the network at once, where that is less than a batch. */
  microBatch?: number;
}

/** All trials of an experiment at a scale, of the conditions that are part of it. */
export function trialsOfExperiment(
  experiment: Experiment,
  scale: Scale,
  options: TrialOptions = {},
): Trial[] {
  const { section, losses, conditions, scales } = experiment;
  const { microBatch = Infinity } = options;
  return conditions.flatMap((condition) => {
    const change = scales[scale](condition);
    if (typeof change === "string") return [];
    const repeats = options.repeats ?? change.repeats ?? condition.repeats;
    return losses.flatMap((loss) => {
      const recipe = condition.recipes?.[loss] ?? condition.recipe;
      const batchSize = change.batchSize ?? recipe.batchSize;
      return Array.from({ length: repeats }, (_, index): Trial => ({
        section,
        scale,
        dataset: { name: condition.dataset, ...change.dataset },
        network: { name: condition.network },
        loss: { name: loss },
        recipe: {
          ...withEpochs(recipe, change.epochs ?? recipe.epochs),
          batchSize,
          ...(microBatch < batchSize && { microBatch }),
        },
        index,
      }));
    });
  });
}

/** A recipe over fewer or more epochs, with its schedule stretched alike. */
export function withEpochs(recipe: Recipe, epochs: number): Recipe {
  const { schedule } = recipe;
  const scaled = (epoch: number) => Math.max(1, Math.round(epoch * epochs / recipe.epochs));
  switch (schedule.name) {
    case "constant":
      return { ...recipe, epochs };
    case "steps":
      return {
        ...recipe,
        epochs,
        schedule: { ...schedule, milestones: schedule.milestones.map(scaled) },
      };
    case "exponential_warmup":
      return { ...recipe, epochs, schedule: { ...schedule, epochs: scaled(schedule.epochs) } };
  }
}
