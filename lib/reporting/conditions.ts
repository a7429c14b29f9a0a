import { listed, titleOf } from "./display.ts";
import type { Measured } from "./measures.ts";
import { readPaperTable } from "./paper_values.ts";

/** One of the paper's fifteen conditions: a network trained on a data set (Table 2). */
export interface Condition {
  data: string;
  network: string;
}

/** The fifteen conditions of section 5.1, in the order of Table 2. */
export function paperConditions(): Condition[] {
  return readPaperTable("table_02").map((row) => ({
    data: String(row.data),
    network: String(row.network),
  }));
}

/** Conditions as `data/network`, the form of `Average.conditions`. */
export function conditionName({ data, network }: Condition): string {
  return `${data}/${network}`;
}

/**
 * What a measure lacks, in words: the conditions without both CE and HEM, whole data sets first.
 * "Clean accuracy of CIFAR10 (3 networks)", "Clean accuracy of MNIST: MLP".
 */
export function missingConditions(
  { measure, cells }: Measured,
  conditions: readonly Condition[],
): string[] {
  const lacking = conditions.filter(({ data, network }) =>
    !(["ce", "hem"] as const).every((loss) =>
      cells.some((cell) => cell.data === data && cell.network === network && cell.loss === loss)
    )
  );
  if (lacking.length === 0) return [];
  const words = measure.title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  if (lacking.length === conditions.length) return [`${words} (all ${conditions.length} conditions)`];
  const byData = Map.groupBy(lacking, ({ data }) => data);
  const places = [...byData].map(([data, ofData]) => {
    const all = conditions.filter((condition) => condition.data === data).length;
    return ofData.length === all
      ? titleOf(data)
      : `${titleOf(data)} ${listed(ofData.map(({ network }) => titleOf(network)))}`;
  });
  return [`${words} in ${lacking.length} of ${conditions.length} conditions (${places.join(", ")})`];
}
