import { corruptionSentence, missingCorruptions } from "../corruption_sentence.ts";
import type { Entry } from "../entry.ts";
import { measures } from "../measures.ts";
import { conditionFigure } from "./condition_figure.ts";

/**
 * Figure 5 (section 5.2): accuracy on clean and on corrupted images after training on long-tailed data, CE and LA beside HEM
 * and HEM+ in each condition, and the average over the conditions under all seven losses.
 */
export const figure05: Entry = {
  name: "figure_05",
  item: "Figure 5",
  section: "5.2",
  needs: ["5.2"],
  claims: ["lt-like-balanced", "lt-la-accuracy"],
  draw({ evidence }) {
    const results = evidence.results("5.2");
    return conditionFigure(results, {
      name: "figure_05",
      title: "Figure 5. Accuracy on clean and on corrupted images, trained on long-tailed data",
      measures: [measures.clean, measures.corrupt],
      sentences: ([, corrupted]) =>
        `LT 100 and LT 10: the largest class has 100 and 10 times as many training images as the smallest. ` +
        corruptionSentence(results, corrupted!),
      missing: ([, corrupted]) => missingCorruptions(results, corrupted!),
    });
  },
};
