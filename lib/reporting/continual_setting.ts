import { experimentOf } from "../experiments/mod.ts";
import { datasetLabel, methodLabel } from "../trials/mod.ts";

/** What each scenario is called beside a number. */
const scenarios = {
  domain_incremental: "domain-incr.",
  class_incremental: "class-incr.",
  task_incremental: "task-incr.",
} as const;

/** Scenario and head of a condition of section 5.3, which stand next to every number of it: "task-incr., 5 heads". */
export function settingOf(condition: string): string {
  const { conditions } = experimentOf("5.3");
  const found = conditions.find(({ trial }) =>
    `${datasetLabel(trial)}/${methodLabel(trial)}` === condition
  );
  if (found?.trial.kind !== "continual") return "";
  const { scenario, experiences } = found.trial.benchmark;
  const heads = scenario === "task_incremental" ? `${experiences} heads` : "1 head";
  return `${scenarios[scenario]}, ${heads}`;
}
