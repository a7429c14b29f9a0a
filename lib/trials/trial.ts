import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";

/** How much of the paper's settings a trial keeps: all, few epochs, or a few hundred images. */
export type Scale = "smoke" | "preview" | "paper";
/** Every scale, the cheapest first. */
export const scales: readonly Scale[] = ["smoke", "preview", "paper"];

/** The seven losses that the paper compares. */
export type LossName = "ce" | "ln" | "la" | "dice" | "mm" | "hem" | "hem_plus";

/** Which images a trial sees; a count that is absent means all of them (10000 of those unknown ones that are made). */
export interface DatasetChoice {
  name: string;
  trainCount?: number;
  testCount?: number;
  unknownCount?: number;
  /** Images made for the purpose, in the official format, instead of the data set's own. */
  standIn?: true;
}

/** Which network, and what differs from its recommended reading. */
export interface NetworkChoice {
  name: string;
  options?: Record<string, string | number>;
}

/** Which loss, and what overrides the catalogue's defaults. */
export interface LossChoice {
  name: LossName;
  options?: Record<string, string | number>;
}

/** An optimiser with its hyper-parameters; what is absent is zero or off. */
export interface OptimizerChoice {
  name: "adam" | "adamw" | "sgd";
  learningRate: number;
  weightDecay?: number;
  momentum?: number;
  nesterov?: boolean;
}

/** How the learning rate moves: not at all, by a factor after given epochs, or up during the first. */
export type ScheduleChoice =
  | { name: "constant" }
  | { name: "steps"; milestones: number[]; factor: number }
  | { name: "exponential_warmup"; epochs: number };

/** How a network is trained; the same for every loss of a condition (A.1.4). */
export interface Recipe {
  epochs: number;
  batchSize: number;
  /**
   * Images that go through the network at once where a batch does not fit the device; absent: the whole batch. The step's
   * gradients are the batch's, except that a batch norm sees the part alone.
   */
  microBatch?: number;
  optimizer: OptimizerChoice;
  schedule: ScheduleChoice;
  augmentation: "none" | "crop_flip" | "flip";
  /** Threads of the process; part of the identity because a CPU's sums depend on it. */
  threads: number;
}

/** One training with its evaluations, as plain JSON; its canonical form is its identity. */
export interface Trial {
  section: string;
  scale: Scale;
  dataset: DatasetChoice;
  network: NetworkChoice;
  loss: LossChoice;
  recipe: Recipe;
  /** Number of the repeat, from 0. */
  index: number;
}

const count = z.int().positive();
const name = z.string().regex(
  /^[a-z0-9_]+$/,
  "wanted lower-case letters, digits and underscores",
);
const options = z.record(
  name.or(z.string().regex(/^[a-zA-Z]\w*$/)),
  z.union([z.string(), z.number()]),
);
const rate = z.number().nonnegative();

const schedule = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant") }),
  z.strictObject({
    name: z.literal("steps"),
    milestones: z.array(count).min(1),
    factor: z.number().positive(),
  }),
  z.strictObject({ name: z.literal("exponential_warmup"), epochs: count }),
]);

/** The shape of a trial; unknown fields are refused, so that a misspelt one is never ignored. */
export const trialSchema: z.ZodType<Trial> = z.strictObject({
  section: z.string().regex(
    /^[A-Z0-9]+(\.[0-9]+)*$/,
    'wanted a section such as "5.1" or "B.2"',
  ),
  scale: z.enum(["smoke", "preview", "paper"]),
  dataset: z.strictObject({
    name,
    trainCount: z.exactOptional(count),
    testCount: z.exactOptional(count),
    unknownCount: z.exactOptional(count),
    standIn: z.exactOptional(z.literal(true)),
  }),
  network: z.strictObject({ name, options: z.exactOptional(options) }),
  loss: z.strictObject({
    name: z.enum(["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"]),
    options: z.exactOptional(options),
  }),
  recipe: z.strictObject({
    epochs: count,
    batchSize: count,
    microBatch: z.exactOptional(count),
    optimizer: z.strictObject({
      name: z.enum(["adam", "adamw", "sgd"]),
      learningRate: z.number().positive(),
      weightDecay: z.exactOptional(rate),
      momentum: z.exactOptional(rate.max(1)),
      nesterov: z.exactOptional(z.boolean()),
    }),
    schedule,
    augmentation: z.enum(["none", "crop_flip", "flip"]),
    threads: count,
  }),
  index: z.int().nonnegative(),
});

/**
 * Checks a value from outside (a file, standard input) and returns it as a trial.
 *
 * @throws {TypeError} naming each field that is wrong, what was wanted and what came.
 */
export function parseTrial(value: unknown): Trial {
  const parsed = trialSchema.safeParse(value);
  if (!parsed.success) {
    throw new TypeError(
      `Cannot read the trial: ${describeIssues(parsed.error)}`,
    );
  }
  return parsed.data;
}

/** One line for all that a schema found wrong: `recipe.epochs: wanted ..., trial.index: ...`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => {
    const place = issue.path.join(".") || "the whole value";
    return `${place}: ${issue.message}`;
  }).join("; ");
}

/** The canonical JSON of a trial (RFC 8785: sorted keys, shortest numbers). */
export function canonicalForm(trial: Trial): string {
  return canonicalize(trial)!;
}

/**
 * The name of a trial: readable parts and the first 8 digits of the SHA-256 of its canonical form,
 * such as `mnist-lenet-hem-paper-t0-1f3a9c2e`. Any change of any field changes it.
 */
export function trialId(trial: Trial): string {
  const { dataset, network, loss, scale, index } = trial;
  const hash = sha256(canonicalForm(trial)).slice(0, 8);
  return `${dataset.name}-${network.name}-${loss.name}-${scale}-t${index}-${hash}`;
}

/** The scale that a trial's name carries, or undefined where the text is no such name. */
export function scaleOfId(id: string): Scale | undefined {
  return /^[a-z0-9_]+-[a-z0-9_]+-[a-z_]+-(smoke|preview|paper)-t\d+-[0-9a-f]{8}$/
    .exec(id)?.[1] as
      | Scale
      | undefined;
}

/**
 * The seed of a trial, in [0, 2^31): from section, data set, network and number, not from the loss,
 * so that the losses of a condition start from the same weights and see the same order of images.
 */
export function trialSeed(trial: Trial): number {
  const { section, dataset, network, index } = trial;
  const digest = sha256(`${section}/${dataset.name}/${network.name}/${index}`);
  return parseInt(digest.slice(0, 8), 16) >>> 1;
}

/** The condition a trial belongs to, as `--only` globs see it: `mnist/lenet/hem`. */
export function conditionOf(trial: Trial): string {
  return `${trial.dataset.name}/${trial.network.name}/${trial.loss.name}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
