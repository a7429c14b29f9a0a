import type { Evidence } from "./evidence.ts";

/** One value of a hyper-parameter that was tried, and the series of its trials. */
export interface SweepPoint {
  value: number;
  /** Such as `hem@margin=0.5`. */
  series: string;
}

/** The values that a section's results have of a loss's option, in rising order: the variants `<loss>@<option>=<value>`. */
export function sweepOf(
  evidence: Evidence,
  section: string,
  loss: string,
  option: string,
): SweepPoint[] {
  const start = `${loss}@${option}=`;
  return [...new Set(evidence.results(section).rows.map(({ series }) => series))]
    .filter((series) => series.startsWith(start))
    .map((series) => ({ series, value: Number(series.slice(start.length)) }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
}
