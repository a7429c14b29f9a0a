/** Scenarios by name. */
import type { Dataset } from "../datasets/mod.ts";
import { checkHeadMode, type HeadMode } from "../models/mod.ts";
import type { ImageOrder } from "./experience_set.ts";
import { permutedPixels } from "./permuted_pixels.ts";
import type { Scenario, ScenarioName } from "./scenario.ts";
import { classIncremental, domainIncremental, taskIncremental } from "./split_classes.ts";

/** What becomes of the images: their pixels are permuted, or their classes split. */
export type BenchmarkName = "permuted" | "split";

/** A benchmark as a trial names it. */
export interface BenchmarkOptions {
  name: BenchmarkName;
  scenario: ScenarioName;
  experiences: number;
  /** Draws the permutations, or the order of the classes. */
  seed: number;
  /** Of heads per task. */
  headMode?: HeadMode;
  /** Of an experience's images. */
  imageOrder?: ImageOrder;
}

/**
 * The scenario of a benchmark.
 *
 * @throws {RangeError} when there is no such benchmark, or the data set does not go with it
 */
export function makeScenario(dataset: Dataset, options: BenchmarkOptions): Scenario {
  const { name, scenario, headMode, ...rest } = options;
  oneOf("benchmark", name, ["permuted", "split"]);
  oneOf("scenario", scenario, ["domain_incremental", "class_incremental", "task_incremental"]);
  if (headMode !== undefined) checkHeadMode(headMode);
  if (headMode !== undefined && scenario !== "task_incremental") {
    throw new RangeError(`${scenario} learning has one head: heads cannot be "${headMode}"`);
  }
  if (name === "permuted") {
    if (scenario === "domain_incremental") return permutedPixels(dataset, rest);
    throw new RangeError(
      `Permuted pixels change the domain, not the classes: "${scenario}" cannot be`,
    );
  }
  switch (scenario) {
    case "domain_incremental":
      return domainIncremental(dataset, rest);
    case "class_incremental":
      return classIncremental(dataset, rest);
    case "task_incremental":
      return taskIncremental(dataset, { ...rest, ...(headMode && { headMode }) });
  }
}

function oneOf(what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new RangeError(`There is no ${what} "${name}"; known are ${names.join(", ")}`);
}
