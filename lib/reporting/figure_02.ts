import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { conditionDots } from "./condition_dots.ts";
import { conditionsOf, missingConditions } from "./conditions.ts";
import { balancedLosses, comparedPair, counted, listed, titleOf, together } from "./display.ts";
import { averagesSentence, dotColumn, summarise } from "./dot_column.ts";
import type { Figure } from "./figure.ts";
import { corruptMeasure, inList, isOfColour, type Measured, measures } from "./measures.ts";
import { measuredRows } from "./numbers.ts";
import { provenance } from "./provenance.ts";
import type { Results } from "./results_table.ts";
import { columnWidth, figureSpec } from "./style.ts";

/**
 * Figure 2 (section 5.1.1): accuracy on clean and on corrupted test images, CE and HEM in each of
 * the fifteen conditions, and the average over conditions under CE, LN, DICE, MM and HEM.
 */
export function figure02(results: Results): Figure {
  const conditions = conditionsOf(results.section);
  const columns = [measures.clean, corruptMeasure(results)]
    .map((measure) => dotColumn(results, measure, conditions));
  const shown = columns.map(({ measured }) => measured);
  const { scale, sentence, reduced, trials } = provenance(results, shown);
  const corrupted = shown[1]!;
  const missing = [
    ...missingConditions(shown, conditions),
    ...missingCorruptions(results, corrupted),
  ];
  const title = "Figure 2. Accuracy on clean and on corrupted test images";
  return {
    name: "figure_02",
    title,
    scale,
    trials,
    missing,
    data: measuredRows(columns),
    summary: columns.map(summarise).join("; "),
    spec: figureSpec({
      heading: title,
      caption: `${sentence} ${corruptionSentence(results, corrupted)}${averagesSentence} ` +
        `Missing: ${listed(missing) || "nothing"}.`,
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

const listWords: Record<ImageCorruptionList, string> = {
  "15": " of the main 15 corruptions",
  "18": " of 18 corruptions, all but glass blur",
  "19": " of all 19 corruptions",
};

/** "Corruptions of MNIST: mean over 15 sets, generated." for each data set. */
function corruptionSentence({ records, corruptions }: Results, { datasets }: Measured): string {
  const means = [...datasets].map(([data, sets]) => {
    const list = sets.some(isOfColour) ? listWords[corruptions] : "";
    const origins = records
      .filter(({ stage, trial }) => stage.name === "corrupt" && trial.dataset.name === data)
      .map(({ facts = {} }) => facts.images ?? "of unknown origin");
    const from = listed([...new Set(origins)].map(String));
    return { data, text: `mean over ${counted(sets.length, "set")}${list}, ${from}` };
  });
  return together(means).map((text) => `Corruptions of ${text}. `).join("");
}

/** The corruptions that some trial lacks, so that no mean has them. */
function missingCorruptions({ records, corruptions }: Results, { datasets }: Measured): string[] {
  return [...datasets].flatMap(([data, sets]) => {
    const named = records
      .filter(({ stage, trial }) => stage.name === "corrupt" && trial.dataset.name === data)
      .flatMap(({ rows, missing = [] }) => [
        ...rows.map(({ dataset = "", at }) =>
          at?.severity === undefined ? dataset : `${dataset}/${at.severity}`
        ),
        ...missing.map(({ dataset }) => dataset),
      ]);
    const absent = [...new Set(named)]
      .filter((name) => !sets.includes(name) && inList(corruptions)(name));
    return absent.length === 0
      ? []
      : [`the corruptions ${listed(absent)}${datasets.size > 1 ? ` of ${titleOf(data)}` : ""}`];
  });
}
