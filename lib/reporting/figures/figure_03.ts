import { attackSentence } from "../attack_sentence.ts";
import type { Entry } from "../entry.ts";
import { measures } from "../measures.ts";
import { missingSets, setsSentence } from "../unknown_sets.ts";
import { conditionFigure } from "./condition_figure.ts";

/** What detection accuracy rate is (A.1.2). */
export const darSentence =
  "DAR, detection accuracy rate: images accepted and classified correctly, or rejected and classified wrongly; " +
  "accepted from the confidence that at least 95 % of the correctly classified clean images reach. ";

/**
 * Figure 3 (section 5.1.2): rejection of unknown classes, as the mean AUROC over seven data sets by
 * maximum softmax probability (MSP) and by maximum logit (MLS), and rejection of adversarial images
 * (detection accuracy rate, DAR); CE and HEM in each condition, all five losses on average.
 */
export const figure03: Entry = {
  name: "figure_03",
  item: "Figure 3",
  section: "5.1",
  needs: ["5.1"],
  claims: [
    "auroc-14-of-15",
    "dar-consistent",
    "advantage-larger",
    "hem-best-rejection",
    "mm-no-rejection",
  ],
  draw({ evidence }) {
    const results = evidence.results("5.1");
    return conditionFigure(results, {
      name: "figure_03",
      title: "Figure 3. Rejection of unknown classes and of adversarial images",
      measures: [
        measures.unknownMsp,
        measures.unknownMls,
        measures.attackLinf,
        measures.attackL2,
      ],
      sentences: ([sets]) =>
        `${setsSentence(sets!)} ${attackSentence(results)}${darSentence}` +
        "Confidence: maximum softmax probability (MSP), in b the maximum logit (MLS). ",
      missing: ([sets]) => missingSets(sets!),
    });
  },
};
