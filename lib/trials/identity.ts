import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { type Scale, scales, type Trial } from "./trial.ts";

/** The canonical JSON of plain data (RFC 8785: sorted keys, shortest numbers). */
export function canonicalForm(value: object): string {
  return canonicalize(value)!;
}

/** The first 8 digits of the SHA-256 of a value's canonical form. */
export function shortHash(value: object): string {
  return sha256(canonicalForm(value)).slice(0, 8);
}

/**
 * The name of a trial: readable parts and the first 8 digits of the SHA-256 of its canonical form, such as
 * `mnist-lenet-hem@margin=0.5-paper-t0-1f3a9c2e`. Any change of any field changes it; no section is part of it.
 */
export function trialId(trial: Trial): string {
  const parts = conditionOf(trial).replaceAll("/", "-");
  return `${parts}-${trial.scale}-t${trial.index}-${shortHash(trial)}`;
}

const idForm = new RegExp(
  `^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+(?:@[\\w=.,-]+)?-(${scales.join("|")})-t\\d+-[0-9a-f]{8}$`,
);

/** The scale that a trial's name carries, or undefined where the text is no such name. */
export function scaleOfId(id: string): Scale | undefined {
  return idForm.exec(id)?.[1] as Scale | undefined;
}

/**
 * The seed of a repeat, in [0, 2^31): from data set, network and number, not from the loss, so that the losses and variants
 * of a condition start from the same weights and see the same order of images.
 */
export function seedOf(
  { dataset, network, index }: Pick<Trial, "dataset" | "network" | "index">,
): number {
  // "5.1" is part of every seed, whatever the section: it was of those of the first results.
  const digest = sha256(`5.1/${dataset.name}/${network.name}/${index}`);
  return parseInt(digest.slice(0, 8), 16) >>> 1;
}

/** The parts of a condition's name that a trial's own fields give. */
type Named = Pick<Trial, "kind" | "dataset" | "network"> & Partial<Trial>;

/** The images of a trial as ids and globs name them: `mnist`, `cifar10_lt100`, `cifar10_50each`, `split_mnist`. */
export function datasetLabel(trial: Named): string {
  const { name, perClass, longTail } = trial.dataset;
  // A variant that names it is compared within the condition.
  const isShuffled = longTail?.selection && !trial.variant?.startsWith("selection=");
  const images = [
    name,
    longTail && `lt${longTail.ratio}${isShuffled ? "s" : ""}`.replace(".", "_"),
    perClass && `${perClass}each`,
  ].filter(Boolean).join("_");
  const benchmark = "benchmark" in trial ? trial.benchmark : undefined;
  return benchmark === undefined ? images : `${benchmark.name}_${images}`;
}

/** What is compared beside the data and the loss: a network, a strategy of continual learning, an encoder. */
export function methodLabel(trial: Named): string {
  if (trial.kind === "continual" && "strategy" in trial) return trial.strategy!.name;
  const encoder = trial.network.options?.encoder;
  return trial.kind === "segmentation" && encoder ? String(encoder) : trial.network.name;
}

/** The condition that a trial is of, whatever its loss: `mnist/lenet`, `split_mnist/ewc`. */
export function conditionNameOf(trial: Named): string {
  return `${datasetLabel(trial)}/${methodLabel(trial)}`;
}

/** A loss with its variant, and with that of a stage which measures it: `hem`, `hem@margin=0.5`, `hem@iterations=100`. */
export function lossLabel(
  { loss, variant }: { loss: Trial["loss"]; variant?: string },
  stage: { variant?: string } = {},
): string {
  const variants = [variant, stage.variant].filter((one) => one !== undefined);
  return variants.length === 0 ? loss.name : `${loss.name}@${variants.join(",")}`;
}

/** The labels of a loss by all stages that measure it, each once. */
export function labelsOf(
  run: Parameters<typeof lossLabel>[0],
  stages: readonly { variant?: string }[],
): string[] {
  return [...new Set(stages.map((stage) => lossLabel(run, stage)))];
}

/**
 * The condition a trial belongs to, as `--only` globs see it: `mnist/lenet/hem`, `cifar10_lt100/resnet32/hem_plus`; with the
 * variant of a stage that measures it, `mnist/mlp/hem@iterations=100`.
 */
export function conditionOf(trial: Trial, stage: { variant?: string } = {}): string {
  return `${conditionNameOf(trial)}/${lossLabel(trial, stage)}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
