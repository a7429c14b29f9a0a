import {
  arrivedDatasets,
  hashOfFile,
  type IsPresent,
  type PlannedTrial,
  recordsOfTrial,
  type Stage,
  stageKey,
  type StageRecord,
  type Store,
  trialId,
  weightsFile,
} from "../trials/mod.ts";
import { stageDefinition } from "./catalogue.ts";

/** What is there of a trial's stages, and what is to do. */
export interface Standing {
  /** The record of the stage that makes the weights, where it counts. */
  made?: StageRecord;
  /** Its training diverged: there is nothing to measure, and it is not tried again. */
  diverged: boolean;
  /** Stages with a record to which nothing can be added. */
  done: Stage[];
  pending: Stage[];
  /** Data sets that records lack, or have without a metric, and that can be added: these stages are pending. */
  arrived: string[];
}

/** What is pending of a trial: stages without a record that counts, and those whose record can be completed now. */
export function pendingStages(
  { trial, stages }: PlannedTrial,
  store: Store,
  isPresent: IsPresent = () => false,
): Standing {
  const id = trialId(trial);
  const records = recordsOfTrial(id, stages, store);
  const of = (stage: Stage) => records.find((record) => stageKey(record.stage) === stageKey(stage));
  const made = stages[0] && of(stages[0]);
  if (made?.outcome.name === "diverged") {
    return { made, diverged: true, done: [stages[0]!], pending: [], arrived: [] };
  }
  const arrivedOf = (stage: Stage): string[] => {
    const record = of(stage);
    if (record === undefined) return [];
    const { metrics, follows } = stageDefinition(stage.name);
    if (follows) return [];
    const arrived = arrivedDatasets(record, { isPresent, metrics });
    // Numbers of other weights do not belong beside those that are there: without the same ones it stays as it is.
    const isWhole = arrived.length === 0 ||
      hashOfFile(weightsFile(store, id)) !== record.weights?.sha256;
    return isWhole ? [] : arrived;
  };
  const arrived = new Map(stages.map((stage) => [stage, arrivedOf(stage)]));
  const isDone = (stage: Stage) => of(stage) !== undefined && arrived.get(stage)!.length === 0;
  return {
    ...(made && { made }),
    diverged: false,
    done: stages.filter(isDone),
    pending: stages.filter((stage) => !isDone(stage)),
    arrived: [...new Set([...arrived.values()].flat())],
  };
}
