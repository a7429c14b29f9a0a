import type { LossChoice, Scale, Setting, Stage, Trial } from "../trials/mod.ts";
import type { LossName } from "../losses/mod.ts";
import type { Recipe } from "../training/mod.ts";

/** What all trials of a condition have in common: everything but scale, loss, recipe and repeat. */
export type Template = DistributiveOmit<
  Trial,
  "scale" | "loss" | "recipe" | "seed" | "index" | "variant"
>;

type DistributiveOmit<T, Keys extends PropertyKey> = T extends unknown ? Omit<T, Keys> : never;

/** A loss as it is trained within a condition, and what is then different from the condition's settings. */
export interface Run {
  loss: LossChoice;
  /** Names what differs; absent: the paper's settings. */
  variant?: string;
  /** Changes of the condition's recipe. */
  recipe?: Partial<Recipe>;
  /** Changes of the condition's trial, such as another network or benchmark. */
  trial?: Partial<Template>;
}

/** One method on one data set, trained in one way; the losses are compared within it. */
export interface Condition {
  trial: Template;
  /** Parameters of the network, where the paper counts them (Table 2). */
  parameters?: number;
  /** The paper's settings. */
  recipe: Recipe;
  /** What is trained; absent: each of the experiment's losses, as the catalogue of losses makes it. */
  runs?: readonly Run[];
  /** The stage that makes the weights, then those that measure them. */
  stages: readonly Stage[];
  /** The paper's number of trials; ours where the section is not the paper's. */
  repeats: number;
  /** Where the settings stand in the paper. */
  source: string;
  /** Settings that the paper's text lost or left open, and the default taken. */
  unconfirmed?: readonly string[];
}

/** What a scale changes of the paper's settings; what is absent stays. */
export interface ScaleChange {
  /** Other images, or fewer of them: replaces the fields that it names. */
  dataset?: Partial<Trial["dataset"]>;
  /** Another network in place of the paper's; figures say so. */
  network?: Trial["network"];
  /** Another recipe in place of the paper's, before `epochs` and `batchSize`. */
  recipe?: Recipe;
  /** Fewer epochs, with the schedule stretched alike. */
  epochs?: number;
  batchSize?: number;
  repeats?: number;
  /** Changed settings of stages, by the stage's name; null leaves the stage out. */
  stages?: Readonly<Record<string, Readonly<Record<string, Setting>> | null>>;
  /** Which of the runs are part of the scale; absent: all. */
  runs?: (run: Run) => boolean;
}

/** What a scale changes for a condition, or in words why the condition is no part of the scale. */
export type ScaleOfCondition = (condition: Condition) => ScaleChange | string;

/** The trials of one section of the paper, as data. */
export interface Experiment {
  section: string;
  title: string;
  /** Run only where its section is named: no part of a run of all sections. */
  onRequest?: true;
  /** The losses that it compares, in the order of its figures. */
  losses: readonly LossName[];
  /** Which loss each is compared with, the paper's own second: [CE, HEM]. */
  pairs: readonly (readonly [LossName, LossName])[];
  conditions: readonly Condition[];
  scales: Readonly<Record<Scale, ScaleOfCondition>>;
}
