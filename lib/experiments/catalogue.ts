import type { Scale, Trial } from "../trials/mod.ts";
import { type Experiment, type TrialOptions, trialsOfExperiment } from "./experiment.ts";
import { section51 } from "./section_5_1.ts";

/** The experiments by their section of the paper. */
export const experiments: Readonly<Record<string, Experiment>> = { "5.1": section51 };

/**
 * The experiment of a section.
 *
 * @throws {RangeError} where there is none.
 */
export function experimentOf(section: string): Experiment {
  const experiment = experiments[section];
  if (experiment) return experiment;
  const there = Object.values(experiments).map((e) => `${e.section} (${e.title})`);
  throw new RangeError(`Cannot find section "${section}": there is ${there.join(", ")}`);
}

/** All trials of a section at a scale, of the conditions that can run. */
export function trialsOf(section: string, scale: Scale, options: TrialOptions = {}): Trial[] {
  return trialsOfExperiment(experimentOf(section), scale, options);
}
