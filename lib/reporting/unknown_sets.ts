import { listed, titleOf, unknownSetsOf } from "./display.ts";
import type { Measured } from "./measures.ts";

/** "AUROC of MNIST: mean over 5 of 7 sets (...)." for each data set that has been measured. */
export function setsSentence({ datasets }: Measured): string {
  return [...datasets].map(([data, sets]) =>
    `AUROC of ${titleOf(data)}: mean over ${sets.length} of ${unknownSetsOf(data).length} sets ` +
    `(${sets.map(titleOf).join(", ")}).`
  ).join(" ");
}

/** The sets that a mean lacks: "the unknown classes of Omniglot and KMNIST"; with several data sets, of which each. */
export function missingSets({ datasets }: Measured): string[] {
  const lacking = [...datasets].flatMap(([data, sets]) => {
    const absent = unknownSetsOf(data).filter((name) => !sets.includes(name));
    return absent.length === 0 ? [] : [{ data, names: listed(absent.map(titleOf)) }];
  });
  return lacking.map(({ data, names }) =>
    `the unknown classes of ${names}${datasets.size > 1 ? ` for ${titleOf(data)}` : ""}`
  );
}
