import { above, judge, written } from "../claims/mod.ts";
import { conditionName, conditionTitle } from "../conditions.ts";
import { seriesLabel } from "../display.ts";
import type { DrawSource, Entry } from "../entry.ts";
import { evidenceWith, pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import { differenceRange, estimate, intervalSentence } from "../interval.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { partOf } from "../results_table.ts";

const section = "assumptions";
const measure = measures.clean;
const readings = ["hem_plus", "hem_plus@index=competitor"] as const;

/** What 5.2 says of HEM+, under each reading of its margin's index (4.3): above HEM and below LA in clean accuracy. */
export const marginIndex: Entry = {
  name: "assumptions_margin_index",
  section,
  needs: [section],
  draw({ evidence: best, lesser }: DrawSource): Table {
    const evidence = evidenceWith([best, ...lesser], section, (series) => series === readings[1]);
    const losses: readonly string[] = ["la", "hem", ...readings];
    const whole = evidence.results(section);
    // The networks that were trained under both readings.
    const compared = new Set(
      measured(whole, measure).cells.filter(({ series }) => series === readings[1])
        .map(({ condition }) => condition),
    );
    const results = {
      ...partOf(whole, (one) => losses.includes(one.series) && compared.has(conditionName(one))),
      conditions: whole.conditions.filter(({ name }) => compared.has(name)),
    };
    const { scale, sentence, trials } = provenance(results, [measured(results, measure)]);
    const found = readings.flatMap((reading) =>
      ([[reading, "hem"], ["la", reading]] as const).flatMap(([higher, lower]) =>
        pairedTrials(results, [higher, lower].map((series) => ({ measure, series })))
          .map((pair) => ({ reading, higher, lower, pair }))
      )
    );
    return {
      name: "assumptions_margin_index",
      title: "HEM+'s two readings, by what the paper says of HEM+",
      scale,
      trials,
      coverage: { there: found.length === 0 ? 0 : readings.length, of: readings.length },
      caption:
        `${sentence} Section 5.2: HEM+ is above HEM, and LA above HEM+, in clean accuracy. ` +
        "A reading agrees where the whole interval does, contradicts where none of it does; trials " +
        `paired by seed. ${intervalSentence}`,
      columns: {
        reading: "Reading",
        condition: "Network",
        compared: "The paper has above 0",
        difference: "Ours",
        agrees: "The reading",
        trials: "Trials",
      },
      rows: found.map(({ reading, higher, lower, pair }): DataRow => {
        const difference = estimate([pair], ([m]) => m![0]! - m![1]!, differenceRange);
        return {
          reading: reading === readings[0] ? "margin of the target's class" : "of the competitor's",
          condition: conditionTitle(pair.condition),
          compared: `${seriesLabel(higher)} − ${seriesLabel(lower)}`,
          difference: written(difference, "points"),
          agrees: { reproduced: "agrees", contradicted: "contradicts", undecided: "undecided" }[
            judge(difference, above())
          ],
          trials: pair.trials.length,
        };
      }),
      missing: found.length === 0 ? ["both readings"] : [],
    };
  },
};
