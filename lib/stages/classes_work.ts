import { classCounts } from "../datasets/mod.ts";
import { predictions } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { ResultRow } from "../trials/mod.ts";
import { trainedClassifier } from "./classifier.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/** The names of groups of classes, from many training images to few. */
const groups = ["many", "medium", "few"] as const;

/** Accuracy by class and by groups of classes; a class without test images has none. */
export async function measureClasses(context: MeasureContext): Promise<Measurements> {
  const { network, dataset } = await trainedClassifier(context);
  const { test, classes } = dataset;
  const logits = await predictLogits(network, test, {
    onProgress: (fraction) => context.advance(fraction, "test set"),
  });
  const counts = classCounts(dataset);
  const accuracies = accuracyByClass(logits, test.labels, classes);
  const row = (value: number, at: ResultRow["at"]): ResultRow => ({
    metric: "accuracy",
    value,
    dataset: "test",
    at: at!,
  });
  const byClass = [...accuracies].map(([label, value]) => row(value, { class: label }));
  const byGroup = groupsOf(counts).flatMap((members, i) => {
    const known = members.flatMap((label) => accuracies.get(label) ?? []);
    if (known.length === 0) return [];
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    return [row(mean, { group: groups[i]! })];
  });
  const images: ResultRow[] = counts.map((value, label) => ({
    metric: "count",
    value,
    dataset: "train",
    at: { class: label },
  }));
  return { rows: [...byClass, ...byGroup, ...images] };
}

/** The share of each class's images whose largest logit is their class's. */
export function accuracyByClass(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
): Map<number, number> {
  const right = new Map<number, number>(), all = new Map<number, number>();
  const predicted = predictions(logits, classes);
  for (const [i, label] of labels.entries()) {
    const isRight = predicted[i] === label;
    all.set(label, (all.get(label) ?? 0) + 1);
    right.set(label, (right.get(label) ?? 0) + (isRight ? 1 : 0));
  }
  return new Map(
    [...all].sort(([a], [b]) => a - b).map(([label, n]) => [label, right.get(label)! / n]),
  );
}

/** Thirds of the classes, those with most training images first; what does not divide goes to the middle. */
export function groupsOf(counts: readonly number[]): number[][] {
  const order = counts.map((_, label) => label).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const third = Math.floor(counts.length / 3);
  return [order.slice(0, third), order.slice(third, counts.length - third), order.slice(-third)];
}
