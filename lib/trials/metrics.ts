/** The values that a metric can have; checked whenever a record is read or written. */
export interface MetricRange {
  low: number;
  high: number;
}

const share: MetricRange = { low: 0, high: 1 };
const signedShare: MetricRange = { low: -1, high: 1 };
const positive: MetricRange = { low: 0, high: Infinity };
const any: MetricRange = { low: -Infinity, high: Infinity };

// Every metric that is no share of a whole, by its name or the beginning of it; a new one is a line here.
const others: readonly [start: string, range: MetricRange][] = [
  ["loss", any],
  ["seconds", positive],
  ["count", positive],
  ["margin", any],
  ["importance", any],
  ["forgetting", signedShare],
  ["backward_transfer", signedShare],
  ["forward_transfer", signedShare],
];

/** The range of a metric: [0, 1], but for those that are no shares, such as a loss. */
export function rangeOf(metric: string): MetricRange {
  return others.find(([start]) => metric === start || metric.startsWith(`${start}_`))?.[1] ?? share;
}

/** What is wrong with a value of a metric; undefined where nothing is. */
export function outOfRange(metric: string, value: number): string | undefined {
  const { low, high } = rangeOf(metric);
  if (value >= low && value <= high) return undefined;
  return `${metric} is ${value}, and can only be in [${low}, ${high}]`;
}
