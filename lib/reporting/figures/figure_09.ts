import type { Entry } from "../entry.ts";
import { type Measure, measures } from "../measures.ts";
import { sweepFigure, type SweepPanel } from "./sweep_figure.ts";

const section = "B.1";

function panel(loss: "LN" | "MM", measure: Measure): SweepPanel {
  const option = loss === "LN" ? "temperature" : "margin";
  return {
    words: `${loss}, ${measure.words}`,
    loss: loss.toLowerCase(),
    option,
    axis: `${loss}'s ${option}`,
    measure,
    few: false,
  };
}

/** Figure 9 (appendix B.1): how LN's temperature and MM's margin change clean accuracy and the rejection of unknown classes. */
export const figure09: Entry = {
  name: "figure_09",
  item: "Figure 9",
  section,
  needs: [section],
  whole: true,
  claims: ["mm-margin"],
  draw: ({ evidence }) =>
    sweepFigure(evidence.results(section), {
      name: "figure_09",
      title: "Figure 9. LN's temperature and MM's margin",
      panels: [
        panel("LN", measures.clean),
        panel("LN", measures.unknownMsp),
        panel("MM", measures.clean),
        panel("MM", measures.unknownMsp),
      ],
      sentences: "The values that the paper tried are lost in its text: these are ours.",
    }),
};
