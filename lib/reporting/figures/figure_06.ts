import { attackSentence } from "../attack_sentence.ts";
import type { Entry } from "../entry.ts";
import { measures } from "../measures.ts";
import { missingSets, setsSentence } from "../unknown_sets.ts";
import { conditionFigure } from "./condition_figure.ts";
import { darSentence } from "./figure_03.ts";

/**
 * Figure 6 (section 5.2): rejection of unknown classes (AUROC) and of adversarial images (DAR, the mean of both norms), by MSP
 * and by MLS, after training on long-tailed data.
 */
export const figure06: Entry = {
  name: "figure_06",
  item: "Figure 6",
  section: "5.2",
  needs: ["5.2"],
  claims: ["lt-hemplus-rejection", "lt-like-balanced", "lt-ln", "lt-dice"],
  draw({ evidence }) {
    const results = evidence.results("5.2");
    return conditionFigure(results, {
      name: "figure_06",
      title:
        "Figure 6. Rejection of unknown classes and adversarial images, trained on long-tailed data",
      measures: [
        measures.unknownMsp,
        measures.unknownMls,
        { ...measures.attack, panel: "DAR, MSP" },
        { ...measures.attackMls, panel: "DAR, MLS" },
      ],
      sentences: ([sets]) =>
        `${setsSentence(sets!)} ${
          attackSentence(results)
        }${darSentence}DAR: the mean of both norms. ` +
        "Confidence: maximum softmax probability (MSP) or maximum logit (MLS). ",
      missing: ([sets]) => missingSets(sets!),
    });
  },
};
