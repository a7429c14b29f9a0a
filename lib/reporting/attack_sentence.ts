import { datasetLabel, type Stage } from "../trials/mod.ts";
import { counted, together } from "./display.ts";
import type { Results } from "./results_table.ts";

/**
 * "AutoAttack on MNIST: preset torchattacks, 9 targets, ε 0.3 (L∞) and 2 (L2), 10,000 images."; that of the attack stage, and that
 * after each epoch. And in how many trials it doubted what it found, with the reasons of one.
 */
export function attackSentence({ records }: Results): string {
  const settings = records.filter(({ stage: { name, variant, settings } }) =>
    variant === undefined && (name === "attack" || Number(settings.attackImages ?? 0) > 0)
  )
    .map(({ trial, stage }) => ({ data: datasetLabel(trial), text: settingsText(stage) }));
  const doubtful = records.map(({ facts }) => facts?.["attack warnings"])
    .filter((warning) => warning !== undefined);
  return together(settings).map((text) => `AutoAttack on ${text}. `).join("") +
    (doubtful.length === 0
      ? ""
      : `It doubts its result in ${counted(doubtful.length, "trial")} (${doubtful[0]}). `);
}

function settingsText({ settings }: Stage): string {
  const { preset, targets, iterations, queries, epsilon_linf, epsilon_l2 } = settings;
  const images = settings.images ?? settings.attackImages;
  return [
    `preset ${preset}`,
    counted(Number(targets), "target"),
    ...(iterations === undefined ? [] : [counted(Number(iterations), "iteration")]),
    ...(queries === undefined ? [] : [counted(Number(queries), "query", "queries")]),
    `ε ${budget(Number(epsilon_linf))} (L∞) and ${budget(Number(epsilon_l2))} (L2)`,
    counted(Number(images), "image"),
  ].join(", ");
}

/** A budget as people write it: whole grey levels as "8/255". */
function budget(value: number): string {
  const levels = Number((value * 255).toPrecision(9));
  return Number.isInteger(levels) && levels < 255
    ? `${levels}/255`
    : String(Number(value.toPrecision(3)));
}
