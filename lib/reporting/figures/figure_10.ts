import type { Entry } from "../entry.ts";
import { measures } from "../measures.ts";
import { sweepFigure } from "./sweep_figure.ts";

const section = "B.1";
const common = { loss: "hem", option: "margin", axis: "HEM's margin" } as const;

/**
 * Figure 10 (appendix B.1): how HEM's margin changes clean accuracy, with all training images and with 50 of each class, and the
 * rejection of unknown classes by MSP and by MLS.
 */
export const figure10: Entry = {
  name: "figure_10",
  item: "Figure 10",
  section,
  needs: [section],
  whole: true,
  claims: ["margin-flat", "margin-msp", "margin-few-samples", "margin-near-zero"],
  draw: ({ evidence }) =>
    sweepFigure(evidence.results(section), {
      name: "figure_10",
      title: "Figure 10. HEM's margin",
      panels: [
        {
          ...common,
          words: "Clean accuracy, all training images",
          measure: measures.clean,
          few: false,
        },
        {
          ...common,
          words: "Clean accuracy, 50 images of each class",
          measure: measures.clean,
          few: true,
        },
        { ...common, words: "AUROC by MSP", measure: measures.unknownMsp, few: false },
        { ...common, words: "AUROC by MLS", measure: measures.unknownMls, few: false },
      ],
      sentences: "The margins that the paper tried are lost in its text: these are ours.",
    }),
};
