import type { Experiment } from "./experiment.ts";
import { section51 } from "./section_5_1.ts";

/** The experiments by their section of the paper; a new one is a line here. */
export const experiments: Readonly<Record<string, Experiment>> = { "5.1": section51 };

/**
 * The experiment of a section.
 *
 * @throws {RangeError} where there is none.
 */
export function experimentOf(section: string): Experiment {
  if (Object.hasOwn(experiments, section)) return experiments[section]!;
  const there = Object.values(experiments).map((e) => `${e.section} (${e.title})`);
  throw new RangeError(`Cannot find section "${section}": there is ${there.join(", ")}`);
}
