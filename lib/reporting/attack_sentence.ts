import { counted, titleOf } from "./display.ts";
import type { Results } from "./results_table.ts";

/** "AutoAttack on MNIST: preset torchattacks, 9 targets, ε 0.3 (L∞) and 2 (L2), 10,000 images." */
export function attackSentence({ records }: Results): string {
  const sentences = records.filter(({ stage }) => stage === "attack").map((record) => {
    const { preset, targets, iterations, queries, epsilon_linf, epsilon_l2, images } =
      record.settings ?? {};
    const parts = [
      `preset ${preset}`,
      counted(Number(targets), "target"),
      ...(iterations === undefined ? [] : [counted(Number(iterations), "iteration")]),
      ...(queries === undefined ? [] : [counted(Number(queries), "query", "queries")]),
      `ε ${shortNumber(epsilon_linf)} (L∞) and ${shortNumber(epsilon_l2)} (L2)`,
      counted(Number(images), "image"),
    ];
    return `AutoAttack on ${titleOf(record.trial.dataset.name)}: ${parts.join(", ")}. `;
  });
  return [...new Set(sentences)].join("");
}

function shortNumber(value: string | number | undefined): string {
  return String(Number(Number(value).toPrecision(3)));
}
