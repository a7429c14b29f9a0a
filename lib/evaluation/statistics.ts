import { mean as arithmeticMean, sampleStandardDeviation } from "simple-statistics";

/** The arithmetic mean. Throws RangeError when there are no values. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the mean of no values");
  return arithmeticMean([...values]);
}

/** The standard deviation over trials, with n - 1 below the line; undefined for fewer than two. */
export function standardDeviation(values: readonly number[]): number | undefined {
  return values.length < 2 ? undefined : sampleStandardDeviation([...values]);
}

/** The standard error of the mean over trials: standard deviation / sqrt(n); undefined for fewer than two. */
export function standardError(values: readonly number[]): number | undefined {
  const deviation = standardDeviation(values);
  return deviation === undefined ? undefined : deviation / Math.sqrt(values.length);
}
