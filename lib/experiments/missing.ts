import type { Experiment } from "./experiment.ts";
import type { Selection } from "./select.ts";

/** A condition that cannot run yet. */
export interface MissingCondition {
  section: string;
  /** `<data set>/<network>`. */
  condition: string;
  reason: string;
}

/** The selected conditions of an experiment that cannot run yet, with the reason. */
export function missingConditions(
  experiment: Experiment,
  isSelected: Selection = () => true,
): MissingCondition[] {
  return experiment.conditions.flatMap((condition) => {
    const { dataset, network, missing } = condition;
    const selected = experiment.losses.some((loss) => isSelected(condition, loss));
    if (!missing || !selected) return [];
    return [{
      section: experiment.section,
      condition: `${dataset}/${network}`,
      reason: missing,
    }];
  });
}
