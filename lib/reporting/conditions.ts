import { experimentOf } from "../experiments/mod.ts";
import { conditionsAt, type ScaledCondition } from "../reproduction/mod.ts";
import {
  type DatasetChoice,
  datasetLabel,
  labelsOf,
  methodLabel,
  type Scale,
  type Stage,
} from "../trials/mod.ts";
import { settingOf } from "./continual_setting.ts";
import { dataTitle, seriesLabel, titleOf } from "./display.ts";

/** A method trained on a data set, as a scale has it. */
export interface Condition {
  /** `<data>/<method>`, such as `mnist/lenet` or `cifar10_lt100/resnet32`. */
  name: string;
  data: string;
  /** A network, a strategy, an encoder. */
  method: string;
  /** Which images, and what is measured of it and how, at this scale. */
  dataset: DatasetChoice;
  stages: readonly Stage[];
  /** The losses, and their variants, that there should be: `hem`, `hem@margin=0.5`. */
  series: readonly string[];
  /** The paper's number of trials; ours of a section that the paper does not have. */
  repeats: number;
  /** The condition of the paper that another network or data set stands in for. */
  standsFor?: string;
  /** Why it is no part of the scale. */
  excluded?: string;
}

/**
 * The conditions of a section in the paper's order, fifteen in section 5.1 (Table 2).
 *
 * @throws {RangeError} where the section has no experiment.
 */
export function conditionsOf(section: string, scale: Scale): Condition[] {
  const scaled = conditionsAt(experimentOf(section), scale);
  // Two lists of trials of the same network and data are one condition.
  const named = [...new Map(scaled.map((one) => [one.name, one])).values()];
  return named.map(({ name, condition, planned, standsFor, excluded }) => {
    const trial = planned[0]?.trial ?? condition.trial;
    const own = scaled.filter((one) => one.name === name);
    const isExcluded = own.every((one) => one.excluded !== undefined);
    return {
      name,
      data: datasetLabel(trial),
      method: methodLabel(trial),
      dataset: trial.dataset,
      stages: planned[0]?.stages ?? condition.stages,
      series: [...new Set(own.flatMap(seriesOf))],
      repeats: condition.repeats,
      ...(standsFor !== undefined && { standsFor }),
      ...(isExcluded && { excluded: excluded! }),
    };
  });
}

/** What a scale asks for; where it is no part of it, what the paper has. */
function seriesOf({ planned, possible }: ScaledCondition): string[] {
  return planned.length === 0
    ? possible
    : planned.flatMap(({ trial, stages }) => labelsOf(trial, stages));
}

/** The name of the condition that numbers belong to. */
export function conditionName({ data, method }: { data: string; method: string }): string {
  return `${data}/${method}`;
}

/**
 * `mnist/lenet` as a reader writes it: "LeNet on MNIST"; of continual learning with its setting, "LwF on SplitMNIST (class-incr.,
 * 1 head)"; data alone by its name.
 */
export function conditionTitle(name: string): string {
  return titleUnder("", name);
}

/** A loss or a variant of it in a condition: "HEM with LwF on SplitMNIST (class-incr., 1 head)". */
export function runTitle(series: string, condition: string): string {
  return `${seriesLabel(series)} with ${titleUnder(series, condition)}`;
}

/** The title of a condition beside a variant, which may have another scenario, or other heads. */
export function titleUnder(series: string, condition: string): string {
  const [data, method] = condition.split("/");
  if (method === undefined) return dataTitle(data!);
  const setting = settingOf(condition, series);
  return `${titleOf(method)} on ${dataTitle(data!)}` + (setting === "" ? "" : ` (${setting})`);
}

/** The data of a condition's name. */
export function dataOf(condition: string): string {
  return condition.split("/")[0]!;
}

/** The method of a condition's name. */
export function methodOf(condition: string): string {
  return condition.split("/")[1]!;
}
