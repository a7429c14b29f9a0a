import {
  type ImageCorruptionList,
  imageCorruptionLists,
  type ImageCorruptionName,
} from "./image_table.ts";

/** A mean over the corruptions of a list at all severities. */
export interface CorruptionMean {
  /** NaN where no set of the list was measured. */
  mean: number;
  /** The sets it is of. */
  sets: number;
  /** The sets that the list has: five per corruption. */
  of: number;
}

/**
 * Unweighted means of a measure over the sets of each list: "averaging performance over all the corruptions at all degrees
 * of intensity" (A.1.2). No error of AlexNet's divides them, unlike in ImageNet-C's mCE.
 *
 * @param values the measure of each set, by corruption and severity, e.g. "fog/3"; what is none of them does not count
 */
export function imageCorruptionMeans(
  values: ReadonlyMap<string, number>,
): Record<ImageCorruptionList, CorruptionMean> {
  const meanOf = (names: readonly ImageCorruptionName[]): CorruptionMean => {
    const measured = names.flatMap((name) =>
      [1, 2, 3, 4, 5].flatMap((severity) => values.get(`${name}/${severity}`) ?? [])
    );
    const sum = measured.reduce((total, value) => total + value, 0);
    return { mean: sum / measured.length, sets: measured.length, of: 5 * names.length };
  };
  return {
    "15": meanOf(imageCorruptionLists["15"]),
    "18": meanOf(imageCorruptionLists["18"]),
    "19": meanOf(imageCorruptionLists["19"]),
  };
}
