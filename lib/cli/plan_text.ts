/** The plan of a run as text: what will run, what it costs, what cannot run. */
import {
  type ConditionPlan,
  describeMissing,
  describePlan,
  describeSeconds,
  type Device,
  flopsOf,
  secondsOf,
  type SectionPlan,
} from "../reproduction/mod.ts";
import { alignColumns } from "./columns.ts";
import { bytes } from "./quantities.ts";

/**
 * The plan, a line for each condition.
 *
 * @param device Where it was measured: FLOPs, memory and hours are then shown as well
 */
export function describeSectionPlan(plan: SectionPlan, device?: Device): string {
  const lines = [...describeShard(plan), describePlan(plan, device !== undefined)];
  const rows = plan.conditions.filter(({ pending }) => pending > 0);
  if (device !== undefined) lines.push("", describeDevice(device));
  if (rows.length > 0) lines.push("", device ? costTable(rows) : workTable(rows));
  if (device !== undefined && rows.length > 0) lines.push("", ...totals(rows, plan), ...notes);
  if (plan.missing.length > 0) {
    lines.push("", "Missing:", ...describeMissing(plan.missing).map((line) => `  ${line}`));
  }
  return lines.join("\n");
}

/** Which part of the trials a plan is, in a line; none where it is the whole. */
export function describeShard({ shard, tasks, waiting }: SectionPlan): string[] {
  if (shard === undefined) return [];
  const { index, count, of } = shard;
  const held = tasks.length + waiting.length;
  const empty = held === 0 && of > 0
    ? ": there are more parts than trials, and this one has none to do"
    : "";
  return [`Part ${index}/${count}: ${held} of ${of} trials${empty}.`];
}

const notes = [
  "FLOPs: convolutions, linear maps and attention, two for a multiplication with its addition; backward as twice forward.",
  "memory: parameters, gradients, the optimiser's memory, activations that wait for their gradients, and twice as much as those",
  "  for what is freed later (as measured on a CPU). fits: whether the device has it, else the largest part of a batch that does.",
  "time: of stored trials on such a device; else a model stated for MNIST's networks; else FLOPs by the speed above, which small",
  "  layers do not reach. Decoding of images is not in it, and attacks are those on networks that are not trained against them.",
];

function describeDevice({ name, flopsPerSecond, memory }: Device): string {
  return `Device: ${name}, ${
    flops(flopsPerSecond)
  }FLOP/s in training a 3x3 convolution of 128 channels ` +
    `(measured now), ${bytes(memory)} free.`;
}

function workTable(plans: readonly ConditionPlan[]): string {
  const header = ["section", "condition", "losses x trials", "to do", ""];
  return alignColumns([header, ...plans.map((plan) => [...headOf(plan), remarksOf(plan)])]);
}

function costTable(plans: readonly ConditionPlan[]): string {
  const header = [
    "section",
    "condition",
    "losses x trials",
    "to do",
    "epochs x batch",
    "FLOPs/image",
    "training",
    "evaluations",
    "memory",
    "fits",
    "time/trial",
    "from",
    "",
  ];
  return alignColumns([header, ...plans.map((plan) => [...headOf(plan), ...costsOf(plan)])]);
}

function headOf(
  { section, condition, standsFor, losses, repeats, pending }: ConditionPlan,
): string[] {
  const name = standsFor === undefined ? condition : `${condition} (for ${standsFor})`;
  return [section, name, `${losses.length} x ${Number(repeats.toFixed(1))}`, String(pending)];
}

function costsOf(plan: ConditionPlan): string[] {
  const { recipe: { epochs, batchSize, microBatch }, network, memory } = plan;
  const { training, evaluations } = flopsOf(plan);
  const seconds = secondsOf(plan);
  const size = microBatch === undefined ? batchSize : `${batchSize}/${microBatch}`;
  return [
    `${epochs} x ${size}`,
    flops(network && 2 * network.macs),
    flops(training),
    flops(evaluations),
    memory === undefined ? "?" : bytes(memory.total),
    describeFit(plan),
    seconds === undefined ? "?" : describeSeconds(seconds),
    basisOf(plan),
    remarksOf(plan),
  ];
}

function describeFit(
  { fittingBatch, recipe: { batchSize, microBatch = batchSize } }: ConditionPlan,
) {
  if (fittingBatch === undefined) return "?";
  if (fittingBatch === null) return "no";
  return fittingBatch >= microBatch ? "yes" : `--micro-batch ${fittingBatch}`;
}

function basisOf({ stages }: ConditionPlan): string {
  const titles = { measured: "stored", model: "model", flops: "FLOPs", unknown: "unknown" };
  return [...new Set(stages.map(({ basis }) => titles[basis ?? "unknown"]))].join(" + ");
}

function remarksOf({ retraining, running, diverged, arrived, missing }: ConditionPlan): string {
  return [
    missing === undefined ? "" : "waits for data",
    arrived.length > 0 ? `adds ${arrived.join(", ")}` : "",
    retraining > 0
      ? `${retraining} train again: their weights are gone, or what is to do watches the training`
      : "",
    diverged > 0 ? `${diverged} diverged and are not tried again (--retry-diverged)` : "",
    running > 0 ? `another process runs ${running} now` : "",
  ].filter((part) => part !== "").join("; ");
}

function totals(plans: readonly ConditionPlan[], { jobs }: SectionPlan): string[] {
  const total = (of: (plan: ConditionPlan) => number) =>
    plans.reduce((sum, plan) => sum + of(plan), 0);
  return [
    `All that is left of ${
      total(({ pending }) => pending)
    } trials, those that wait for data included: ` +
    `${flops(total(({ left }) => left.flops))}FLOPs, about ` +
    `${describeSeconds(total(({ left }) => left.seconds))} one after the other${
      jobs > 1 ? `, ${jobs} side by side where threads allow` : ""
    }.`,
  ];
}

/** A number with a prefix for its thousands: 1.1 G. */
function flops(value: number | undefined): string {
  if (value === undefined) return "?";
  const prefixes = ["", "k", "M", "G", "T", "P", "E", "Z"];
  const power = Math.min(
    prefixes.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)),
  );
  return `${Number((value / 1000 ** power).toPrecision(3))} ${prefixes[power]}`;
}
