import { isTrained, type TrainedName, trainedNames } from "../datasets/mod.ts";
import { UsageError } from "./command.ts";

/**
 * Ends the command where `--dataset` names no set that networks are trained on.
 *
 * @throws {UsageError} with the names that there are
 */
export function requireDataset(name: string): asserts name is TrainedName {
  if (isTrained(name)) return;
  throw new UsageError(`--dataset: there is no "${name}"; there are ${trainedNames.join(", ")}`);
}
