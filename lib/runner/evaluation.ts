import type { Dataset } from "../datasets/mod.ts";
import type { Network } from "../models/mod.ts";
import type { StageRecord, Trial } from "../trials/mod.ts";

/** A trained network and what it is to be measured with. */
export interface EvaluationContext {
  trial: Trial;
  network: Network;
  dataset: Dataset;
  /** SHA-256 of the file of the network's weights. */
  weights: string;
  /** The data folder, for sets of images that are files. */
  data: string;
  /** A folder of this stage's for what is half done; it is removed when the record is stored. */
  scratch: string;
  /** The stored record, where data sets that it lacks are there now: only they are to be measured. */
  previous?: StageRecord;
  /** How much of the evaluation is done, 0 to 1; throws StoppedError when a stop was asked for. */
  advance: (fraction: number, note: string) => void;
}

/** What an evaluation adds to its record. */
export type Measurements = Pick<StageRecord, "rows" | "settings" | "histograms" | "missing">;

/** One stage after the training: a trained network in, numbers out. */
export type Evaluation = (context: EvaluationContext) => Promise<Measurements>;

/** A stop was asked for, and what was under way is given up. */
export class StoppedError extends Error {
  override name = "StoppedError";
}
