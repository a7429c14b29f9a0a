import { attackSentence } from "../attack_sentence.ts";
import { written } from "../claims/mod.ts";
import { conditionTitle, titleUnder } from "../conditions.ts";
import { seriesLabel } from "../display.ts";
import type { Entry } from "../entry.ts";
import { evidenceWith, pairedTrials } from "../evidence.ts";
import type { DataRow, Table } from "../figure.ts";
import { differenceRange, estimate, intervalSentence } from "../interval.ts";
import { measured } from "../measured.ts";
import { mainMeasures, measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { setsSentence } from "../unknown_sets.ts";

const section = "assumptions";

// Final accuracy is that of continual learning.
const shownMeasures = [...mainMeasures, measures.continual, measures.segmentation];

/** What the choices that the paper's text leaves open change, where variants of them were trained: each beside the default. */
export const assumptionsMeasured: Entry = {
  name: "assumptions_measured",
  section: "assumptions",
  needs: [section],
  draw({ evidence: best, lesser }): Table {
    // Trials that it shares with other sections are no results of its own.
    const evidence = evidenceWith([best, ...lesser], section, (series) => series.includes("@"));
    const results = evidence.results(section);
    const shown = shownMeasures.map((measure) => measured(results, measure));
    const { scale, sentence, trials } = provenance(results, shown);
    const variants = [...new Set(results.rows.map(({ series }) => series))]
      .filter((series) => series.includes("@"));
    const found = variants.flatMap((series) => {
      const base = series.split("@")[0]!;
      return shownMeasures.flatMap((measure) =>
        pairedTrials(results, [series, base].map((one) => ({ measure, series: one })))
          .map((pair) => ({ series, measure, pair }))
      );
    });
    return {
      name: "assumptions_measured",
      title: "What other choices change, measured",
      scale,
      trials,
      coverage: {
        there: new Set(found.map(({ pair }) => conditionTitle(pair.condition))).size,
        of: results.conditions.length,
      },
      caption:
        `${sentence} The other choice less the one taken here, in points; trials paired by seed. ` +
        `${setsSentence(measured(results, measures.unknownMsp))} ` +
        `${attackSentence(results)}${intervalSentence}`,
      columns: {
        choice: "Other choice",
        condition: "Network",
        measure: "Measure",
        effect: "Difference",
        trials: "Trials",
      },
      rows: found.map(({ series, measure, pair }): DataRow => ({
        choice: seriesLabel(series),
        condition: titleUnder(series, pair.condition),
        measure: measure.title,
        effect: written(
          estimate([pair], ([means]) => means![0]! - means![1]!, differenceRange),
          "points",
        ),
        trials: pair.trials.length,
      })),
      missing: found.length === 0 ? ["every other choice"] : [],
    };
  },
};
