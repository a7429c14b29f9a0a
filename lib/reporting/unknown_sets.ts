import { dataTitle, listed, titleOf, together, unknownSetsOf } from "./display.ts";
import type { Measured } from "./measured.ts";

/** "AUROC of MNIST: mean over 5 of 7 sets (...)." for the data sets that have been measured. */
export function setsSentence({ datasets }: Pick<Measured, "datasets">): string {
  return sentencesOf([...datasets]).join(" ");
}

/** The same of what several sections have measured, where the mean lacks sets. */
export function partialSets(some: readonly Measured[]): string[] {
  const lacking = some.flatMap(({ datasets }) => [...datasets])
    .filter(([data, sets]) => sets.length < unknownSetsOf(data).length);
  return sentencesOf(lacking);
}

function sentencesOf(measured: readonly (readonly [data: string, sets: string[]])[]): string[] {
  const means = measured.map(([data, sets]) => {
    const all = unknownSetsOf(data).length;
    const text = sets.length === all
      ? `mean over all ${all} sets`
      : `mean over ${sets.length} of ${all} sets (${sets.map(titleOf).join(", ")})`;
    return { data, text };
  });
  return together(means).map((text) => `AUROC of ${text}.`);
}

/** The sets that a mean lacks: "the unknown classes of Omniglot and KMNIST"; with several data sets, of which each. */
export function missingSets({ datasets }: Measured): string[] {
  const lacking = [...datasets].flatMap(([data, sets]) => {
    const absent = unknownSetsOf(data).filter((name) => !sets.includes(name));
    return absent.length === 0 ? [] : [{ data, names: listed(absent.map(titleOf)) }];
  });
  return lacking.map(({ data, names }) =>
    `the unknown classes of ${names}${datasets.size > 1 ? ` for ${dataTitle(data)}` : ""}`
  );
}
