import { benchmarkedNetworks, type BenchRow, extraCosts, readBenchmark } from "../benchmark.ts";
import { signed, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Table } from "../figure.ts";
import { missingSentence } from "../lacking.ts";

/** Beyond the paper: what HEM adds to a training step in place of CE, from figures/bench.json. */
export const extraCostTable: Entry = {
  name: "table_extra_cost",
  section: "beyond",
  needs: [],
  draw: () => costTable(readBenchmark()),
};

/** The table of a benchmark's rows. */
export function costTable(rows: readonly BenchRow[]): Table {
  const costs = extraCosts(rows);
  const missing = benchmarkedNetworks()
    .filter((name) => costs.every(({ network }) => network !== name))
    .map((name) => {
      const disturbed = rows.find((row) => row.name === `hem/${name}`)?.disturbed;
      return `${titleOf(name)} (${disturbed ?? "not measured"})`;
    });
  return {
    name: "table_extra_cost",
    title: "What HEM adds to a training step in place of CE",
    caption:
      "Two training steps of ours (forward, backward and update), one with HEM and one with CE, measured in turns by " +
      '`deno task bench --only "hem/*"` (figures/bench.json), of the batches that its networks have there: 128 images, fewer with large ' +
      "networks. Milliseconds: of each side the median of its rounds, so that their ratio is not the growth. Growth: of the step's time, " +
      "the mean over the rounds, in each of which both sides run; brackets: the 95 % interval of all networks together " +
      "(Student's t of the rounds' ratios, Bonferroni). " +
      (costs.some(({ interval }) => interval === null)
        ? "Where no interval stands, the ratios of the rounds are not stored: growth is their median. "
        : "") +
      missingSentence(missing),
    columns: {
      network: "Network",
      ce: "With CE, ms",
      hem: "With HEM, ms",
      growth: "Growth, %",
      interval: "Interval",
    },
    rows: costs.map(({ network, ceMs, hemMs, value, interval }) => ({
      network: titleOf(network),
      ce: ceMs.toPrecision(4),
      hem: hemMs.toPrecision(4),
      growth: signed(100 * value, 1),
      interval: interval === null
        ? "–"
        : `[${interval.map((end) => signed(100 * end, 1)).join(", ")}]`,
    })),
    data: costs.map(({ interval, ...cost }) => ({
      ...cost,
      low: interval?.[0] ?? null,
      high: interval?.[1] ?? null,
    })),
    missing,
  };
}
