import { experimentOf } from "../experiments/mod.ts";
import { listed, titleOf } from "./display.ts";
import type { Measured } from "./measures.ts";

/** A network trained on a data set. */
export interface Condition {
  data: string;
  network: string;
}

/** The conditions of a section, in the paper's order: fifteen in section 5.1 (Table 2). */
export function conditionsOf(section: string): Condition[] {
  return experimentOf(section).conditions.map(({ dataset, network }) => ({
    data: dataset,
    network,
  }));
}

/** `mnist/lenet` as a reader writes it: "LeNet on MNIST". */
export function conditionTitle(name: string): string {
  const [data, network] = name.split("/");
  return `${titleOf(network!)} on ${titleOf(data!)}`;
}

/**
 * What measures lack, in words: the conditions without both CE and HEM, whole data sets first, and measures that lack
 * the same named together: "Clean accuracy, AUROC by MSP in 4 of 15 conditions (CIFAR10, MNIST MLP)".
 */
export function missingConditions(
  measured: readonly Measured[],
  conditions: readonly Condition[],
): string[] {
  const words = measured.map(({ measure }) => measure.words);
  const places = measured.map((ofMeasure) => missingPlaces(ofMeasure, conditions));
  return [...new Set(places)].filter((place) => place !== undefined)
    .map((place) => `${listed(words.filter((_, i) => places[i] === place))} ${place}`);
}

function missingPlaces({ cells }: Measured, conditions: readonly Condition[]): string | undefined {
  const lacking = conditions.filter(({ data, network }) =>
    !(["ce", "hem"] as const).every((loss) =>
      cells.some((cell) => cell.data === data && cell.network === network && cell.loss === loss)
    )
  );
  if (lacking.length === 0) return undefined;
  if (lacking.length === conditions.length) return `in all ${conditions.length} conditions`;
  const byData = Map.groupBy(lacking, ({ data }) => data);
  const places = [...byData].map(([data, ofData]) => {
    const all = conditions.filter((condition) => condition.data === data).length;
    return ofData.length === all
      ? titleOf(data)
      : `${titleOf(data)} ${listed(ofData.map(({ network }) => titleOf(network)))}`;
  });
  return `in ${lacking.length} of ${conditions.length} conditions (${places.join(", ")})`;
}
