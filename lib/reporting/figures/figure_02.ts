import { corruptionSentence, missingCorruptions } from "../corruption_sentence.ts";
import type { Entry } from "../entry.ts";
import { measures } from "../measures.ts";
import { conditionFigure } from "./condition_figure.ts";

/**
 * Figure 2 (section 5.1.1): accuracy on clean and on corrupted test images, CE and HEM in each of
 * the fifteen conditions, and the average over conditions under CE, LN, DICE, MM and HEM.
 */
export const figure02: Entry = {
  name: "figure_02",
  item: "Figure 2",
  section: "5.1",
  needs: ["5.1"],
  claims: ["clean-ce-best", "corrupt-ce-best", "hem-like-ln", "hem-over-dice-mm"],
  draw({ evidence }) {
    const results = evidence.results("5.1");
    return conditionFigure(results, {
      name: "figure_02",
      title: "Figure 2. Accuracy on clean and on corrupted test images",
      measures: [measures.clean, measures.corrupt],
      sentences: ([, corrupted]) => corruptionSentence(results, corrupted!),
      missing: ([, corrupted]) => missingCorruptions(results, corrupted!),
    });
  },
};
