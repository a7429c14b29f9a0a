import { join } from "node:path";
import { type BenchRow, extraCosts, measuredUnder, readRows } from "../benchmark.ts";
import { attackTitle, networkTitle } from "./speed.ts";

/** A row of figures/profiles.json, which `deno task bench --profile --json` wrote. */
export interface ProfileRow {
  name: string;
  sides: readonly Side[];
}

interface Side {
  side: string;
  inOps: number;
  ops: readonly { op: string; milliseconds: number }[];
}

/** The most that a row should have, of ours by PyTorch's, or of HEM's step by CE's; of AutoAttack the least, of its speeds. */
function goalOf(name: string): number {
  if (/^train\/(lenet|convnet|mlp)$/.test(name)) return 0.6;
  return { hem: 1.05, autoattack: 1.5 }[name.slice(0, name.indexOf("/"))] ?? 1;
}

const KINDS = {
  train: "training",
  infer: "inference",
  hem: "HEM's step by CE's",
  autoattack: "AutoAttack",
};

function missesGoal({ name, ratio }: BenchRow): boolean {
  return name.startsWith("autoattack/") ? ratio < goalOf(name) : ratio > goalOf(name);
}

/** The row whose profile tells of a row: AutoAttack's time goes into gradients by the pixels. */
function profiledAs(name: string): string {
  return name.replace(/^autoattack\/([^_]*)_.*/, "gradient/$1");
}

/** What an op is counted as: by the first that its name fits. */
const OPS: Readonly<Record<string, RegExp>> = {
  Convolution: /conv/i,
  Products: /matmul|addmm|::b?mm$|dot_product/i,
  Normalisation: /norm/i,
  Optimiser: /^ResourceApply|Optimizer|addcdiv|addcmul|lerp|sqrt/,
  Elementwise:
    /relu|threshold|clamp|gelu|erf|sigmoid|swish|silu|add|mul|sub|neg|select|where|PartitionedCall/i,
};

/** README's table of the rows above their goals: where the time of both sides goes. */
export function readmeAboveGoal(
  rows: readonly BenchRow[],
  profiles: readonly ProfileRow[],
): string {
  const growth = new Map(extraCosts(rows).map(({ network, value }) => [`hem/${network}`, value]));
  const measured = Object.keys(KINDS).flatMap((kind) =>
    [...measuredUnder(`${kind}/`, rows)].map(([, row]) => row)
  )
    // As README's words and table_extra_cost have it: the mean over the rounds.
    .map((row) => growth.has(row.name) ? { ...row, ratio: 1 + growth.get(row.name)! } : row);
  if (measured.length === 0) return "Not measured.";
  const above = measured.filter(missesGoal);
  if (above.length === 0) return "Every row of these is at its goal.";
  const head = ["Row", "Ratio (goal)", "Side", ...Object.keys(OPS), "Other"];
  const lines = above.flatMap((row) =>
    linesOf(row, profiles.find(({ name }) => name === profiledAs(row.name)))
  );
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function linesOf({ name, ratio }: BenchRow, profile: ProfileRow | undefined): string[][] {
  const [kind, rest] = name.split("/") as [keyof typeof KINDS, string];
  const start = [
    `${(kind === "autoattack" ? attackTitle : networkTitle)(rest)}, ${KINDS[kind]}`,
    `${ratio.toFixed(2)} (${goalOf(name).toFixed(2)})`,
  ];
  if (profile === undefined) {
    return [[...start, "not profiled", ...Array(Object.keys(OPS).length + 1).fill("")]];
  }
  return profile.sides.map((side, i) => [
    ...(i === 0 ? start : ["", ""]),
    side.side,
    ...Object.values(byKind(side)).map(shown),
  ]);
}

/** Milliseconds of a side's ops; those that the profile does not tell of are others. */
function byKind({ inOps, ops }: Side): Record<string, number> {
  const times: Record<string, number> = Object.fromEntries(
    Object.keys(OPS).map((kind) => [kind, 0]),
  );
  for (const { op, milliseconds } of ops) {
    const kind = Object.keys(OPS).find((kind) => OPS[kind]!.test(op));
    if (kind !== undefined) times[kind]! += milliseconds;
  }
  const known = Object.values(times).reduce((a, b) => a + b, 0);
  return { ...times, Other: inOps - known };
}

function shown(milliseconds: number): string {
  return milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds.toPrecision(2);
}

/** The stored profiles; none where there is no file. */
export function readProfiles(figures: string, file = "profiles.json"): ProfileRow[] {
  return readRows(join(figures, file));
}
