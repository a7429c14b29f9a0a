import type { Network } from "../models/mod.ts";
import type { EpochRecord } from "../training/mod.ts";
import type {
  DatasetChoice,
  Outcome,
  PlannedTrial,
  Stage,
  StageRecord,
  Trial,
} from "../trials/mod.ts";

/** What a run of one trial is given by the process around it. */
export interface RunOptions {
  /** The folder that holds `results/` and `runs/`. */
  data: string;
  /** All is done anew where the stored training began at this time, and what is stored is superseded. */
  again?: string;
  /** Asks for a stop at the next step, with a checkpoint. */
  signal?: AbortSignal;
  /** How far the whole trial is, in any unit, and what happens now. */
  onProgress?: (done: number, total: number, note: string) => void;
  /** A stage begins. */
  onStage?: (stage: string) => void;
  /** Something the user should know. */
  onNote?: (message: string) => void;
}

/** A run of one trial: "stopped" when the signal ended it before it was done. */
export type RunTrial = (
  planned: PlannedTrial,
  options: RunOptions,
) => Promise<"done" | "stopped">;

/** What the work of every stage is given. */
export interface StageContext {
  /** Whose images are learnt or measured, and how many. */
  dataset: DatasetChoice;
  stage: Stage;
  /** The data folder, for sets of images that are files. */
  data: string;
  /** A folder of this stage's for what is half done; it is removed when the record is stored. */
  scratch: string;
  /** The trained network's file and its SHA-256; of the stage that makes the weights: where they are to lie. */
  weights: { file: string; sha256: string };
  /** What the stages of a trial share while they are in one process, made when it is first asked for: a network with its data. */
  shared<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** How much of the stage is done, 0 to 1; throws StoppedError when a stop was asked for. */
  advance: (fraction: number, note: string) => void;
  /** Something the user should know. */
  note: (message: string) => void;
}

/** What the work on a trial's network is given. */
export interface TrialContext extends StageContext {
  trial: Trial;
}

/** What is measured: parts of a record. */
export type Measurements = Pick<StageRecord, "rows" | "histograms" | "missing" | "facts">;

/**
 * Watches a training, epoch by epoch; its numbers are stored when the training is done. Its seconds are its own: the
 * training's leave them out.
 */
export interface Follower {
  /** After each epoch, before its checkpoint. */
  onEpoch(epoch: EpochRecord, network: Network): Promise<void>;
  /** Whether it has all that it wants of the first so many epochs, without which a training cannot go on after them. */
  hasFirst(epochs: number): boolean;
  measurements(): Measurements;
}

/** What the stage that makes the weights is given besides. */
export interface MakeContext extends TrialContext {
  /** Where its checkpoint lies; it goes on from there. */
  checkpoint: string;
  signal?: AbortSignal;
  followers: readonly Follower[];
}

/** What the stage that makes the weights gives; they lie in their file then, unless it diverged. */
export interface Made extends Measurements {
  outcome: Outcome;
  /** Of all its parts, interruptions left out. */
  seconds: number;
}

/** What the stage that measures weights is given besides. */
export interface MeasureContext extends StageContext {
  /** Whose weights are measured; absent where a network was given, which is among what is shared. */
  trial?: Trial;
  /** The stored record, where data sets that it lacks are there now: only they are to be measured. */
  previous?: StageRecord;
}

/** The trial whose weights are measured. */
export function trialOf({ trial, stage }: MeasureContext): Trial {
  if (trial !== undefined) return trial;
  throw new TypeError(`Cannot measure by the stage "${stage.name}": it was given no network`);
}

/** The work of a stage: it makes weights, or measures them, or follows their making. */
export type StageDoing =
  | { make: (context: MakeContext) => Promise<Made> }
  | { measure: (context: MeasureContext) => Promise<Measurements> }
  | { follow: (context: TrialContext) => Promise<Follower> };

/** A stop was asked for, and what was under way is given up. */
export class StoppedError extends Error {
  override name = "StoppedError";
}
