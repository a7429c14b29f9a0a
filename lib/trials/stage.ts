import { z } from "zod";
import { canonicalForm, shortHash } from "./identity.ts";
import { describeIssues, variantSchema } from "./trial.ts";

/** One value that decides a stage's numbers. */
export type Setting = string | number | boolean | (string | number)[];

/**
 * One step of a trial's work, as plain data: it is planned, handed to the process that does it, stored with the numbers and
 * compared. A trial's first stage makes its weights; those after it measure them.
 */
export interface Stage {
  name: string;
  /**
   * Names what differs from the settings that the stage usually has: its numbers stand beside the usual ones, under the loss's
   * name with it. Absent: the usual settings.
   */
  variant?: string;
  /** All that decides the numbers beside the trial: an attack's budget, the seed of corrupted images, conventions. */
  settings: Record<string, Setting>;
  /** Raised when the code changes so that the same trial and settings give other numbers. */
  revision: number;
}

/** The shape of a stage; unknown fields are refused. */
export const stageSchema: z.ZodType<Stage> = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]+$/),
  variant: z.exactOptional(variantSchema),
  settings: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
  ),
  revision: z.int().positive(),
});

/**
 * Checks a value from outside and returns it as stages.
 *
 * @throws {TypeError} naming each field that is wrong.
 */
export function parseStages(value: unknown): Stage[] {
  const parsed = z.array(stageSchema).min(1).safeParse(value);
  if (!parsed.success) {
    throw new TypeError(`Cannot read the stages: ${describeIssues(parsed.error)}`);
  }
  return parsed.data;
}

/** What a stage is called: its name, with its variant `attack@iterations=100`. */
export function stageLabel({ name, variant }: Stage): string {
  return variant === undefined ? name : `${name}@${variant}`;
}

/** Whether two stages give the same numbers. */
export function isSameStage(a: Stage, b: Stage): boolean {
  return canonicalForm(a) === canonicalForm(b);
}

/**
 * The name of a stage's result: its own, and a hash of settings and revision, and of the weights that it measured; so that
 * another budget, another revision or another training is another result beside this one.
 */
export function stageKey(stage: Stage, measuredWeights?: string): string {
  return `${stage.name}-${shortHash({ ...stage, weights: measuredWeights ?? null })}`;
}
