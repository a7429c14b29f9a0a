/** The benchmark's rows as text. */
import type { AttackRow } from "./compare_attacks.ts";
import type { CostRow, TimeRow } from "./compare.ts";
import type { ContinualRow } from "./compare_continual.ts";
import type { MemoryRow } from "./peak_memory.ts";
import type { Profile } from "./profile.ts";

/** Ours / PyTorch's: what this project wants to keep to. */
const GOAL = 0.9;

/** Steps per second as a table. */
export function describePaces(rows: readonly ContinualRow[]): string {
  const lines = rows.map(({ name, ours, avalanche, ratio }) => [
    name,
    digits(ours),
    digits(avalanche),
    ratio.toFixed(1),
  ]);
  return `\n${
    table([["continual learning", "ours steps/s", "avalanche-lib steps/s", "times"], ...lines])
  }`;
}

/** AutoAttack's images per second as a table: of a row in all, and attack by attack. */
export function describeAttacks(rows: readonly AttackRow[]): string {
  const head = [
    "images/s",
    "ours",
    "torchattacks",
    "times",
    "",
    "all steps",
    "times",
    "not fooled",
  ];
  const lines = rows.flatMap((row) => [
    [
      row.name,
      digits(row.ours),
      digits(row.torchattacks),
      row.disturbed ? "-" : row.ratio.toFixed(2),
      row.disturbed ? `disturbed: ${row.disturbed}` : "",
      digits(row.allSteps),
      row.disturbed ? "-" : row.allStepsRatio.toFixed(2),
      row.robust.map((share) => `${(100 * share).toFixed(1)} %`).join(" / "),
    ],
    ...row.attacks.map(({ attack, ours, torchattacks }) => [
      `  ${attack}`,
      digits(ours),
      digits(torchattacks),
      (ours / torchattacks).toFixed(2),
      ...Array(4).fill(""),
    ]),
  ]);
  return `\n${table([head, ...lines])}`;
}

/** The times as a table, with how many rows reach the goal; a row that was disturbed counts for nothing. */
export function describeTimes(rows: readonly (TimeRow & { variant: string })[]): string {
  const compiled = rows.some(({ compiledMs }) => compiledMs !== undefined);
  const head = [
    ...["row", "ours ms", "PyTorch ms", "ratio", "PyTorch's way"],
    ...(compiled ? ["compiled ms", "ratio", "compiled in s"] : []),
  ];
  const lines = rows.map((row) => [
    row.name,
    digits(row.oursMs),
    digits(row.pytorchMs),
    row.disturbed ? "-" : row.ratio.toFixed(2),
    row.disturbed ? `disturbed: ${row.disturbed}` : row.variant,
    ...(compiled ? compiledCells(row) : []),
  ]);
  const measured = rows.filter(({ disturbed }) => !disturbed);
  const reached = measured.filter(({ ratio }) => ratio <= GOAL).length;
  const lost = rows.length - measured.length;
  const slowest = rows.reduce((a, b) => b.firstSeconds > a.firstSeconds ? b : a);
  return `${table([head, ...lines])}\n` +
    `our first steps, recorded and compiled: at most ${
      slowest.firstSeconds.toFixed(1)
    } s (${slowest.name})\n` +
    `${reached} of ${measured.length} rows at ${GOAL} or less` +
    (lost === 0 ? "" : `; ${lost} disturbed, which say nothing: run them on an idle machine`);
}

function compiledCells({ oursMs, compiledMs, compileSeconds = 0 }: TimeRow): string[] {
  if (compiledMs === undefined) return ["-", "-", "-"];
  return [digits(compiledMs), (oursMs / compiledMs).toFixed(2), compileSeconds.toFixed(1)];
}

/** A row's ops on both sides, the dearest first, beside each other. */
export function describeProfile({ name, threads, sides }: Profile): string {
  const head = sides.flatMap(({ side, milliseconds }) => [
    `${side}: ${digits(milliseconds)} ms, by op`,
    "ms",
    "calls",
  ]);
  const cells = sides.map(({ ops }) =>
    ops.map(({ op, milliseconds, calls }) => [op, digits(milliseconds), `${calls}`])
  );
  const count = Math.max(...cells.map(({ length }) => length));
  const lines = Array.from(
    { length: count },
    (_, i) => cells.flatMap((side) => side[i] ?? ["", "", ""]),
  );
  return `\n${name}, threads: ${threads}\n${table([head, ...lines])}`;
}

/** What HEM costs as a table. */
export function describeCosts(rows: readonly CostRow[]): string {
  const lines = rows.map(({ name, hemMs, ceMs, ratio, disturbed }) => [
    name,
    digits(hemMs),
    digits(ceMs),
    disturbed ? "-" : ratio.toFixed(3),
    disturbed ? `disturbed: ${disturbed}` : "",
  ]);
  return `\n${table([["our step", "HEM ms", "CE ms", "ratio", ""], ...lines])}`;
}

/** The peaks of memory as a table. */
export function describeMemory(rows: readonly MemoryRow[]): string {
  const lines = rows.map(({ name, oursMB, pytorchMB, ratio }) => [
    name,
    oursMB.toFixed(0),
    pytorchMB.toFixed(0),
    ratio.toFixed(2),
  ]);
  return `\n${table([["peak memory", "ours MB", "PyTorch MB", "ratio"], ...lines])}`;
}

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns, the first and the last (a remark) to the left, numbers to the right. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isText = (column: number) => column === 0 || column === 4;
  return rows.map((row) =>
    row.map((cell, i) => isText(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}
