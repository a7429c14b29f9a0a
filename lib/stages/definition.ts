import type { StageDoing } from "./work.ts";
import type { Setting, Stage, Trial } from "../trials/mod.ts";

/** What a stage takes through the network. */
export interface StageWork {
  /** Images that are learnt from: forward and backward. */
  learnt: number;
  /** Forward passes of single images. */
  seen: number;
  /** Images that are corrupted, or of unknown classes: they have to be made or read. */
  corrupted: number;
  unknown: number;
}

/**
 * A stage that trials can have: all that is known of it without doing it. A new stage is a file with one of these, beside the
 * file of its work, and a line in the catalogue.
 */
export interface StageDefinition {
  name: string;
  /** Raised when the same trial and settings give other numbers than before. */
  revision: number;
  /** What decides the numbers, unless an experiment or a scale says otherwise. */
  settings: Readonly<Record<string, Setting>>;
  /** The metrics that every set has which is measured: a record that lacks one of them for a set gains it. */
  metrics: readonly string[];
  /**
   * It watches the training, which runs again for it where it has run before. So a record of it that lacks a set is not
   * completed when that has come: to train again is for the user to decide.
   */
  follows?: true;
  /** What it leaves in the trial's folder beside the weights for figures to read, by name. */
  keeps?: readonly string[];
  /** What it takes through the network; undefined where that is not known of the trial's data set. */
  work(trial: Trial, stage: Stage): StageWork | undefined;
  /** Loads what does it, and TensorFlow with it: only in the process of a trial. */
  load(): Promise<StageDoing>;
}

/** A stage as an experiment asks for it: its definition's settings, with changes. */
export function stageOf(
  { name, settings, revision }: StageDefinition,
  change: Readonly<Record<string, Setting>> = {},
): Stage {
  return { name, settings: { ...settings, ...change }, revision };
}

/** No work at all, for stages to fill in what they have. */
export const noWork: StageWork = { learnt: 0, seen: 0, corrupted: 0, unknown: 0 };
