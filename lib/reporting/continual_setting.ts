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
  const benchmark = benchmarkOf(condition);
  if (benchmark === undefined) return "";
  const { scenario, experiences } = benchmark;
  const heads = scenario === "task_incremental" ? `${experiences} heads` : "1 head";
  return `${scenarios[scenario]}, ${heads}`;
}

/** The sequence of experiences of a condition of section 5.3; undefined where there is no such condition. */
export function benchmarkOf(condition: string) {
  const { conditions } = experimentOf("5.3");
  const found = conditions.find(({ trial }) =>
    `${datasetLabel(trial)}/${methodLabel(trial)}` === condition
  );
  return found?.trial.kind === "continual" ? found.trial.benchmark : undefined;
}
