/** The upper bound. */
import type { Strategy } from "./strategy.ts";

/** Learning all experiences at once (avalanche-lib's JointTraining): the upper bound. Its only phase has all the data. */
export class Joint implements Strategy {
  readonly isJoint = true;
}
