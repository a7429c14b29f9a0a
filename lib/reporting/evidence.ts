import type { Scale } from "../trials/mod.ts";
import type { PairedTrials } from "./interval.ts";
import { measured } from "./measured.ts";
import type { Measure } from "./measures.ts";
import type { Results } from "./results_table.ts";

/** The stored results of several sections at one scale. */
export interface Evidence {
  scale: Scale;
  /** The results of a section; of one without any, an empty table. */
  results(section: string): Results;
}

/** What is compared: a measure of the trials of one loss, or of one variant of it. */
export interface Quantity {
  measure: Measure;
  /** A loss, or one of its variants as in `hem@margin=0.5`. */
  series: string;
}

/**
 * The trials of each condition of a section that have all of some quantities, by seed: a number per quantity, in their order.
 * A condition without such a trial is left out.
 */
export function pairedTrials(
  results: Results,
  quantities: readonly Quantity[],
): PairedTrials[] {
  const bySeed = quantities.map(({ measure, series }) => {
    const { cells } = measured(results, measure);
    return new Map(
      cells.filter((cell) => cell.series === series)
        .map(({ condition, seeds, values }) => [
          condition,
          new Map(seeds.map((seed, i) => [seed, values[i]!])),
        ]),
    );
  });
  return [...(bySeed[0]?.entries() ?? [])].flatMap(([condition, first]) => {
    const found = [...first.keys()].flatMap((seed) => {
      const numbers = bySeed.map((of) => of.get(condition)?.get(seed));
      return numbers.includes(undefined) ? [] : [{ seed, numbers: numbers as number[] }];
    });
    if (found.length === 0) return [];
    const trials = found.map(({ numbers }) => numbers);
    return [{ condition, trials, seeds: found.map(({ seed }) => seed) }];
  });
}

/** Of several scales' results, the best first, the first that have a wanted series in a section; the best where none have. */
export function evidenceWith(
  scales: readonly [Evidence, ...Evidence[]],
  section: string,
  isWanted: (series: string) => boolean,
): Evidence {
  const hasIt = (one: Evidence) => one.results(section).rows.some(({ series }) => isWanted(series));
  return scales.find(hasIt) ?? scales[0];
}

/** The stored results of every section at one scale, each opened when it is asked for. */
export function evidenceOf(scale: Scale, open: (section: string) => Results): Evidence {
  const known = new Map<string, Results>();
  return {
    scale,
    results(section) {
      const results = known.get(section) ?? open(section);
      known.set(section, results);
      return results;
    },
  };
}
