import { evaluateAttack } from "./attack.ts";
import { evaluateClean } from "./clean.ts";
import { evaluateCorrupt } from "./corrupt.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluateUnknown } from "./unknown.ts";

/** The evaluations by the name of their stage; a new one is one line here and a name in its section. */
export const evaluations: Readonly<Record<string, Evaluation>> = {
  clean: evaluateClean,
  corrupt: evaluateCorrupt,
  unknown: evaluateUnknown,
  attack: evaluateAttack,
};

/**
 * The evaluation of a stage.
 *
 * @throws {RangeError} where there is none.
 */
export function evaluationOf(stage: string): Evaluation {
  const evaluation = evaluations[stage];
  if (evaluation) return evaluation;
  const there = Object.keys(evaluations).join(", ");
  throw new RangeError(`Cannot run the stage "${stage}": there is ${there}`);
}
