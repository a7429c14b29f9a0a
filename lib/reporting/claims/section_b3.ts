import { type Measure, measures } from "../measures.ts";
import { shareRange } from "../interval.ts";
import type { Claim, ClaimStatistic } from "./claim.ts";
import type { Curve } from "../curves.ts";
import { trainingCurves } from "./curves.ts";
import { printedGain } from "./printed.ts";
import { above } from "./rule.ts";
import { difference } from "./statistics.ts";

const section = "B.3";
const here = { section };
const { clean, corrupt, unknownMsp, attack } = measures;

/** HEM with half the initial learning rate, as a series. */
export const halfRate = "hem@rate=0.05";

/** By how much a measure rises from the last epoch before the learning rate's first drop to the end. */
function gainOfDrop({ epochs, values, drop }: Curve): number {
  const before = epochs.findLastIndex((epoch) => epoch <= drop);
  return values.at(-1)! - values[before]!;
}

/** HEM's gain from the drop less CE's. */
function gainBeside(measure: Measure): ClaimStatistic {
  return trainingCurves(section, ["hem", "ce"], measure, {
    words: `gain of HEM from the drop of the learning rate less CE's, ${measure.words}`,
    unit: "points",
    of: ([hem, ce]) => gainOfDrop(hem!) - gainOfDrop(ce!),
  });
}

/** What appendix B.3 says of the course of training. */
export const claimsB3: readonly Claim[] = [
  {
    id: "curves-hem",
    section,
    place: "B.3",
    statement:
      "HEM's loss does not fall monotonically, and HEM gains most from the drop of the learning rate",
    needs: [section],
    checks: [
      {
        statistic: trainingCurves(section, ["hem"], measures.lossByEpoch, {
          words: "share of epochs in which HEM's loss rises",
          unit: "percent",
          of: ([hem]) => {
            const rises = hem!.values.filter((value, i, all) => i > 0 && value > all[i - 1]!);
            return rises.length / (hem!.values.length - 1);
          },
          range: shareRange,
        }),
        // One rise is enough; a tenth is asked for, that chance alone is not.
        rule: { words: "above 10 %", low: 0.1 },
      },
      { statistic: gainBeside(measures.cleanByEpoch), rule: above() },
      { statistic: gainBeside(measures.unknownByEpoch), rule: above() },
    ],
  },
  {
    id: "lr-half",
    section,
    place: "B.3",
    statement: "halving the initial learning rate improves HEM on all four metrics " +
      "(94.73 to 95.32, 75.08 to 75.41, 96.16 to 96.56, 5.91 to 6.34)",
    needs: [section],
    checks: ([
      [clean, "clean_accuracy"],
      [corrupt, "corrupt_accuracy"],
      [unknownMsp, "auroc"],
      [attack, "dar"],
    ] as const).map(([measure, metric]) => ({
      statistic: difference(here, [halfRate, "hem"], measure),
      rule: above(),
      printed: printedGain(metric),
    })),
  },
];
