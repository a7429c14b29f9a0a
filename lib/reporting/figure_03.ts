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
  const { scale, sentence, reduced, trials } = provenance(results);
  const sets = columns[0]!.measured;
  const missing = [
    ...missingConditions(columns.map(({ measured }) => measured), conditions),
    ...missingSets(sets),
  ];
  const title = "Figure 3. Rejection of unknown classes and of adversarial images";
  return {
    name: "figure_03",
    title,
    scale,
    trials,
    missing,
    data: measuredRows(columns),
    summary: summarise(columns[0]!),
    spec: figureSpec({
      heading: title,
      caption: `${sentence} ${setsSentence(sets)} ${attackSentence(results)}Confidence: ` +
        `maximum softmax probability (MSP) unless MLS, maximum logit. Dots: mean over trials; bars: ± 1 standard ` +
        `deviation over trials (n − 1), of the average in the lower panels. Averages: over the ` +
        `conditions that have all five losses. ` +
        `Missing: ${listed(missing) || "nothing"}.`,
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

/** "AutoAttack on MNIST: preset torchattacks, 9 targets, ε 0.3 (L∞) and 2 (L2), 10,000 images." */
function attackSentence({ records }: Results): string {
  const attacks = records.filter(({ stage }) => stage === "attack");
  const sentences = attacks.map((record) => {
    const { preset, targets, epsilon_linf, epsilon_l2, images } = record.settings ?? {};
    return `AutoAttack on ${titleOf(record.trial.dataset.name)}: preset ${preset}, ${
      counted(Number(targets), "target")
    }, ε ${shortNumber(epsilon_linf)} (L∞) and ${shortNumber(epsilon_l2)} (L2), ${
      counted(Number(images), "image")
    }, ${trialsOf(attacks)}. `;
  });
  return [...new Set(sentences)].join("");
}

function shortNumber(value: string | number | undefined): string {
  return String(Number(Number(value).toPrecision(3)));
}
