import { attack } from "./attack.ts";
import { classes } from "./classes.ts";
import { clean } from "./clean.ts";
import { continual } from "./continual.ts";
import { corrupt } from "./corrupt.ts";
import { curves } from "./curves.ts";
import type { StageDefinition } from "./definition.ts";
import { learnt } from "./learnt.ts";
import { segmentation } from "./segmentation.ts";
import { training } from "./training.ts";
import { unknown } from "./unknown.ts";

/** Every stage by its name; a new one is a line here. */
export const stages: Readonly<Record<string, StageDefinition>> = {
  training,
  clean,
  corrupt,
  unknown,
  attack,
  classes,
  curves,
  learnt,
  continual,
  segmentation,
};

/**
 * What is known of a stage.
 *
 * @throws {RangeError} where there is none of that name.
 */
export function stageDefinition(name: string): StageDefinition {
  if (Object.hasOwn(stages, name)) return stages[name]!;
  throw new RangeError(`No stage is named "${name}": there is ${Object.keys(stages).join(", ")}`);
}
