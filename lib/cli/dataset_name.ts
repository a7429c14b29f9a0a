import { type DatasetName, datasetNames } from "../datasets/mod.ts";
import { UsageError } from "./command.ts";

/**
 * Ends the command where `--dataset` names no set of labelled images: scenes, whose pixels are labelled, are none.
 *
 * @throws {UsageError} with the names that there are
 */
export function requireDataset(name: string): asserts name is DatasetName {
  if ((datasetNames as readonly string[]).includes(name)) return;
  throw new UsageError(`--dataset: there is no "${name}"; there are ${datasetNames.join(", ")}`);
}
