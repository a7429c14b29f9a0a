import { assumptions } from "./assumptions.ts";
import { beyond } from "./beyond.ts";
import type { Experiment } from "./experiment.ts";
import { section51 } from "./section_5_1.ts";
import { section52 } from "./section_5_2.ts";
import { continualBounds, continualCombinations, section53 } from "./section_5_3.ts";
import { section54 } from "./section_5_4.ts";
import { attacksByEpoch, sectionB1, sectionB2, sectionB3 } from "./section_b.ts";

/** The experiments by their section of the paper; a new one is a line here. */
export const experiments: Readonly<Record<string, Experiment>> = {
  "5.1": section51,
  "5.2": section52,
  "5.3": section53,
  "5.4": section54,
  "B.1": sectionB1,
  "B.2": sectionB2,
  "B.3": sectionB3,
  attacks_by_epoch: attacksByEpoch,
  assumptions,
  bounds: continualBounds,
  combinations: continualCombinations,
  beyond,
};

/** The sections that run where none is named: all but those on request. */
export const usualSections: readonly string[] = Object.values(experiments)
  .filter(({ onRequest }) => !onRequest).map(({ section }) => section);

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
