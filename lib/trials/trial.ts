import { z } from "zod";
import type { BenchmarkName, ScenarioName } from "../continual/mod.ts";
import { type LossName, lossNames } from "../losses/names.ts";
import type { Recipe } from "../training/mod.ts";
import { recipeSchema } from "./recipe.ts";

/** How much of the paper's settings a trial keeps: all, a tenth of the epochs, few epochs, or a few hundred images. */
export type Scale = "smoke" | "preview" | "short" | "paper";
/** Every scale, the cheapest first. */
export const scales: readonly Scale[] = ["smoke", "preview", "short", "paper"];

/** Options of a network, a loss, a data set: plain values by name. */
export type Options = Record<string, string | number>;

/** Which images a trial sees; a count that is absent means all of them (10000 of those unknown ones that are made). */
export interface DatasetChoice {
  name: string;
  trainCount?: number;
  testCount?: number;
  unknownCount?: number;
  /** So many training images of each class, the first ones. */
  perClass?: number;
  /** Fewer training images from class to class, down to the first class's count divided by the ratio (A.2.1). */
  longTail?: { ratio: number; selection?: "shuffled" };
  /** Images made for the purpose, in the official format, instead of the data set's own. */
  standIn?: true;
  /** How the images are prepared, where that is not the data set's own way: sizes, crops, normalisation. */
  options?: Options;
}

/** Which network, and what differs from its recommended reading. */
export interface NetworkChoice {
  name: string;
  options?: Options;
}

/** Which loss, and what overrides the catalogue's defaults. */
export interface LossChoice {
  name: LossName;
  options?: Options;
}

/** A sequence of experiences made from one data set. */
export interface BenchmarkChoice {
  name: BenchmarkName;
  scenario: ScenarioName;
  experiences: number;
  options?: Options;
}

/** A strategy of continual learning; an option may be a list, with a value for each experience. */
export interface StrategyChoice {
  name: string;
  options?: Record<string, string | number | number[]>;
}

/** What trials of every kind have. */
interface AnyTrial {
  scale: Scale;
  dataset: DatasetChoice;
  network: NetworkChoice;
  loss: LossChoice;
  recipe: Recipe;
  /** Decides the initial weights, the order of images and all else that is drawn. */
  seed: number;
  /** Number of the repeat, from 0. */
  index: number;
  /** What differs from the other trials of its condition and loss, such as "margin=0.5"; absent: the paper's settings. */
  variant?: string;
}

/** A classifier, trained once on one data set (sections 5.1, 5.2, B). */
export interface ClassificationTrial extends AnyTrial {
  kind: "classification";
}

/** A classifier, trained on one experience after the other (section 5.3); its recipe is that of each experience. */
export interface ContinualTrial extends AnyTrial {
  kind: "continual";
  benchmark: BenchmarkChoice;
  strategy: StrategyChoice;
}

/** A network that gives each pixel a class (section 5.4). */
export interface SegmentationTrial extends AnyTrial {
  kind: "segmentation";
}

/** One training with what is measured of it, as plain JSON; its canonical form is its identity. */
export type Trial = ClassificationTrial | ContinualTrial | SegmentationTrial;

const count = z.int().positive();
const name = z.string().regex(/^[a-z0-9_]+$/, "wanted lower-case letters, digits and underscores");
const optionName = z.string().regex(/^[a-zA-Z]\w*$/);
const options = z.record(optionName, z.union([z.string(), z.number()]));

/** The shape of a choice of images. */
export const datasetSchema: z.ZodType<DatasetChoice> = z.strictObject({
  name,
  trainCount: z.exactOptional(count),
  testCount: z.exactOptional(count),
  unknownCount: z.exactOptional(count),
  perClass: z.exactOptional(count),
  longTail: z.exactOptional(z.strictObject({
    ratio: z.number().min(1),
    selection: z.exactOptional(z.literal("shuffled")),
  })),
  standIn: z.exactOptional(z.literal(true)),
  options: z.exactOptional(options),
});

/** What a variant is called: `margin=0.5`, `scenario=class_incremental,head=avalanche`. */
export const variantSchema: z.ZodType<string> = z.string().regex(
  /^[a-z0-9_]+(=[a-zA-Z0-9_.-]+)?(,[a-z0-9_]+(=[a-zA-Z0-9_.-]+)?)*$/,
  'wanted a variant such as "margin=0.5"',
);

const common = {
  scale: z.enum(scales as [Scale, ...Scale[]]),
  dataset: datasetSchema,
  network: z.strictObject({ name, options: z.exactOptional(options) }),
  loss: z.strictObject({
    name: z.enum(lossNames),
    options: z.exactOptional(options),
  }),
  recipe: recipeSchema,
  seed: z.int().nonnegative().lt(2 ** 31),
  index: z.int().nonnegative(),
  variant: z.exactOptional(variantSchema),
};

/** The shape of a trial; unknown fields are refused, so that a misspelt one is never ignored. */
export const trialSchema: z.ZodType<Trial> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("classification"), ...common }),
  z.strictObject({
    kind: z.literal("continual"),
    ...common,
    benchmark: z.strictObject({
      name: z.enum(["permuted", "split"]),
      scenario: z.enum(["domain_incremental", "class_incremental", "task_incremental"]),
      experiences: count,
      options: z.exactOptional(options),
    }),
    strategy: z.strictObject({
      name,
      options: z.exactOptional(
        z.record(optionName, z.union([z.string(), z.number(), z.array(z.number())])),
      ),
    }),
  }),
  z.strictObject({ kind: z.literal("segmentation"), ...common }),
]);

/**
 * Checks a value from outside (a file, standard input) and returns it as a trial.
 *
 * @throws {TypeError} naming each field that is wrong, what was wanted and what came.
 */
export function parseTrial(value: unknown): Trial {
  const parsed = trialSchema.safeParse(value);
  if (!parsed.success) {
    throw new TypeError(`Cannot read the trial: ${describeIssues(parsed.error)}`);
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
