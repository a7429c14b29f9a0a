import { join } from "node:path";
import jstat from "jstat";
import { mean, sampleStandardDeviation } from "simple-statistics";
import type { Estimate } from "./interval.ts";
import { readPaperTable } from "./paper_values.ts";
import { projectFolder } from "./settings.ts";

/** A row of figures/bench.json, which `deno task bench --json` wrote: a name such as `train/lenet`, and what it measured. */
export interface BenchRow {
  name: string;
  /** Ours by the other side's, of times or of memory; of continual learning how many times as fast as avalanche-lib. */
  ratio: number;
  /** Why the row says nothing, where something disturbed its measurement. */
  disturbed?: string;
}

/** What HEM in place of CE adds to a training step of a network; a share of 0.01 makes it one percent longer. */
export interface ExtraCost extends Estimate {
  network: string;
  ceMs: number;
  hemMs: number;
}

/** The row of a network's step with HEM beside that with CE. */
interface CostRow extends BenchRow {
  hemMs: number;
  ceMs: number;
  /** HEM's time by CE's in each round, the two one right after the other. */
  rounds?: readonly number[];
}

/** The stored rows, by default those of the CPU with AVX-512; none where there is no file. */
export function readBenchmark(
  figures = join(projectFolder, "figures"),
  file = "bench.json",
): BenchRow[] {
  return readRows(join(figures, file));
}

/** The rows that `deno task bench --json` wrote to a file; none where there is no file. */
export function readRows<Row>(path: string): Row[] {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The networks of the paper's Table 2, which the benchmark has rows of. */
export function benchmarkedNetworks(): string[] {
  return [...new Set(readPaperTable("table_02").map(({ network }) => String(network)))];
}

/** The rows under a name's beginning that nothing disturbed, each by the rest of its name. */
export function measuredUnder<Row extends BenchRow>(
  start: string,
  rows: readonly BenchRow[],
): Map<string, Row> {
  return new Map(
    rows.filter(({ name, disturbed }) => name.startsWith(start) && disturbed === undefined)
      .map((row) => [row.name.slice(start.length), row as Row]),
  );
}

/**
 * By how much a training step of each network grows with HEM in place of CE, from the rows `hem/<network>`, the dearest first.
 * The intervals are of 95 % for all networks together (Bonferroni): Student's of the rounds' ratios on a logarithmic scale;
 * null where a row has no two rounds.
 */
export function extraCosts(rows: readonly BenchRow[]): ExtraCost[] {
  const measured = measuredUnder<CostRow>("hem/", rows);
  return [...measured].map(([network, { ceMs, hemMs, ratio, rounds = [] }]): ExtraCost => {
    if (rounds.length < 2) return { network, ceMs, hemMs, value: ratio - 1, interval: null };
    const logs = rounds.map(Math.log);
    const quantile = Number(jstat.studentt.inv(1 - 0.025 / measured.size, logs.length - 1));
    const half = quantile * sampleStandardDeviation(logs) / Math.sqrt(logs.length);
    const at = (shift: number) => Math.exp(mean(logs) + shift) - 1;
    return { network, ceMs, hemMs, value: at(0), interval: [at(-half), at(half)] };
  }).sort((a, b) => b.value - a.value);
}
