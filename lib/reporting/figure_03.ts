import { attackSentence } from "./attack_sentence.ts";
import { conditionDots } from "./condition_dots.ts";
import { conditionsOf, missingConditions } from "./conditions.ts";
import { balancedLosses, comparedPair, listed } from "./display.ts";
import { averagesSentence, dotColumn, summarise } from "./dot_column.ts";
import type { Figure } from "./figure.ts";
import { measures } from "./measures.ts";
import { measuredRows } from "./numbers.ts";
import { provenance } from "./provenance.ts";
import type { Results } from "./results_table.ts";
import { columnWidth, figureSpec } from "./style.ts";
import { missingSets, setsSentence } from "./unknown_sets.ts";

/**
 * Figure 3 (section 5.1.2): rejection of unknown classes, as the mean AUROC over seven data sets by
 * maximum softmax probability (MSP) and by maximum logit (MLS), and rejection of adversarial images
 * (detection accuracy rate, DAR); CE and HEM in each condition, all five losses on average.
 */
export function figure03(results: Results): Figure {
  const conditions = conditionsOf(results.section);
  const columns = [
    measures.unknownMsp,
    measures.unknownMls,
    measures.attackLinf,
    measures.attackL2,
  ].map((measure) => dotColumn(results, measure, conditions));
  const shown = columns.map(({ measured }) => measured);
  const { scale, sentence, reduced, trials } = provenance(results, shown);
  const sets = shown[0]!;
  const missing = [...missingConditions(shown, conditions), ...missingSets(sets)];
  const title = "Figure 3. Rejection of unknown classes and of adversarial images";
  return {
    name: "figure_03",
    title,
    scale,
    trials,
    missing,
    data: measuredRows(columns),
    summary: columns.map(summarise).join("; "),
    spec: figureSpec({
      heading: title,
      caption: `${sentence} ${setsSentence(sets)} ${attackSentence(results)}DAR, detection ` +
        `accuracy rate: images accepted and classified correctly, or rejected and classified ` +
        `wrongly; accepted from the confidence that at least 95 % of the correctly classified ` +
        `clean images reach. Confidence: maximum softmax probability (MSP), in b the maximum ` +
        `logit (MLS). ${averagesSentence} Missing: ${listed(missing) || "nothing"}.`,
      width: columnWidth.double,
      content: conditionDots({
        columns,
        conditions,
        pair: comparedPair,
        losses: balancedLosses,
        reduced,
      }),
    }),
  };
}
