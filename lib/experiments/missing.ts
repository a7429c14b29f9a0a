import type { Scale } from "../trials/mod.ts";
import type { Experiment } from "./experiment.ts";
import type { Selection } from "./select.ts";

/** A condition that cannot run. */
export interface MissingCondition {
  section: string;
  /** `<data set>/<network>`. */
  condition: string;
  reason: string;
}

/** Why a data set cannot be used; undefined where it can. */
export type MissingData = (dataset: string) => string | undefined;

/** The selected conditions of an experiment that do not run at a scale, with the reason. */
export function missingConditions(
  experiment: Experiment,
  options: { scale: Scale; isSelected?: Selection; missingData?: MissingData },
): MissingCondition[] {
  const { scale, isSelected = () => true, missingData = () => undefined } = options;
  return experiment.conditions.flatMap((condition) => {
    const { dataset, network } = condition;
    if (!experiment.losses.some((loss) => isSelected(condition, loss))) return [];
    const change = experiment.scales[scale](condition);
    const reason = typeof change === "string"
      ? change
      : change.dataset?.standIn
      ? undefined
      : missingData(dataset);
    if (reason === undefined) return [];
    return [{ section: experiment.section, condition: `${dataset}/${network}`, reason }];
  });
}
