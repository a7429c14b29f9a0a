import type { ImageCorruptionList } from "../corruptions/mod.ts";
import { datasetLabel } from "../trials/mod.ts";
import { counted, dataTitle, listed, together } from "./display.ts";
import type { Measured } from "./measured.ts";
import { inList, isOfColour } from "./measures.ts";
import type { Results } from "./results_table.ts";

const listWords: Record<ImageCorruptionList, string> = {
  "15": " of the main 15 corruptions",
  "18": " of 18 corruptions, all but glass blur",
  "19": " of all 19 corruptions",
};

/** "Corruptions of MNIST: mean over 15 sets, generated." for each data set. */
export function corruptionSentence(
  { records, corruptions }: Results,
  { datasets }: Measured,
): string {
  const means = [...datasets].map(([data, sets]) => {
    const list = sets.some(isOfColour) ? listWords[corruptions] : "";
    const origins = records
      .filter(({ stage, trial }) => stage.name === "corrupt" && datasetLabel(trial) === data)
      .map(({ facts = {} }) => facts.images ?? "of unknown origin");
    const from = listed([...new Set(origins)].map(String));
    return { data, text: `mean over ${counted(sets.length, "set")}${list}, ${from}` };
  });
  return together(means).map((text) => `Corruptions of ${text}. `).join("");
}

/** The corruptions that some trial lacks, so that no mean has them. */
export function missingCorruptions(
  { records, corruptions }: Results,
  { datasets }: Measured,
): string[] {
  return [...datasets].flatMap(([data, sets]) => {
    const named = records
      .filter(({ stage, trial }) => stage.name === "corrupt" && datasetLabel(trial) === data)
      .flatMap(({ rows, missing = [] }) => [
        ...rows.map(({ dataset = "", at = {} }) =>
          at.severity === undefined ? dataset : `${dataset}/${at.severity}`
        ),
        ...missing.map(({ dataset }) => dataset),
      ]);
    const absent = [...new Set(named)]
      .filter((name) => !sets.includes(name) && inList(corruptions)(name));
    return absent.length === 0
      ? []
      : [`the corruptions ${listed(absent)}${datasets.size > 1 ? ` of ${dataTitle(data)}` : ""}`];
  });
}
