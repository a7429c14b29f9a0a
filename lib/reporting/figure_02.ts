import { conditionDots } from "./condition_dots.ts";
import { conditionsOf, missingConditions } from "./conditions.ts";
import { balancedLosses, counted, listed, titleOf } from "./display.ts";
import { dotColumn, summarise } from "./dot_column.ts";
import type { Figure } from "./figure.ts";
import { measures } from "./measures.ts";
import { measuredRows } from "./numbers.ts";
import { provenance, trialsOf } from "./provenance.ts";
import type { Results } from "./results_table.ts";
import { columnWidth, figureSpec } from "./style.ts";

/**
 * Figure 2 (section 5.1.1): accuracy on clean and on corrupted test images, CE and HEM in each of
 * the fifteen conditions, and the average over conditions under CE, LN, DICE, MM and HEM.
 */
export function figure02(results: Results): Figure {
  const conditions = conditionsOf(results.section);
  const columns = [measures.clean, measures.corrupt]
    .map((measure) => dotColumn(results, measure, conditions));
  const { scale, sentence, reduced, trials } = provenance(results);
  const missing = missingConditions(columns.map(({ measured }) => measured), conditions);
  const title = "Figure 2. Accuracy on clean and on corrupted test images";
  return {
    name: "figure_02",
    title,
    scale,
    trials,
    missing,
    data: measuredRows(columns),
    summary: summarise(columns[0]!),
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} ${
          corruptionSentence(results)
        }Dots: mean over trials; bars: ± 1 standard deviation over trials ` +
        `(n − 1). Averages: over the conditions that have all five losses; bars: standard ` +
        `deviation over trials of the average. Missing: ${listed(missing) || "nothing"}.`,
      width: columnWidth.double,
      content: conditionDots({
        columns,
        conditions,
        pair: ["ce", "hem"],
        losses: balancedLosses,
        reduced,
      }),
    }),
  };
}

/** "Corrupted images of MNIST: 15 sets, generated." */
function corruptionSentence({ records }: Results): string {
  const corrupted = records.filter(({ stage }) => stage === "corrupt");
  const sentences = corrupted.map((record) => {
    const sets = counted(record.rows.length, "set");
    // Sets of colour images are named "fog/3"; see measures.ts.
    const mean = record.rows.some(({ dataset }) => dataset.startsWith("glass_blur/"))
      ? ", mean without glass blur"
      : "";
    const { images = "of unknown origin" } = record.settings ?? {};
    return `Corrupted images of ${titleOf(record.trial.dataset.name)}: ${sets}, ${images}${mean}, ${
      trialsOf(corrupted)
    }. `;
  });
  return [...new Set(sentences)].join("");
}
