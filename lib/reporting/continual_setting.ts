import { experiments } from "../experiments/mod.ts";
import { conditionNameOf } from "../trials/mod.ts";

/** What each scenario is called beside a number. */
const scenarios = {
  domain_incremental: "domain-incr.",
  class_incremental: "class-incr.",
  task_incremental: "task-incr.",
} as const;

/**
 * Scenario and head of a condition of continual learning, which stand next to every number of it: "task-incr., 5 heads (clean)";
 * "" of any other.
 *
 * @param series The loss, with the variant that may have others: "hem@head=avalanche"
 */
export function settingOf(condition: string, series = ""): string {
  const benchmark = benchmarkOf(condition);
  if (benchmark === undefined) return "";
  const { experiences, options } = benchmark;
  const ofVariant = (name: string) => new RegExp(`@${name}=(\\w+)`).exec(series)?.[1];
  const scenario = (ofVariant("scenario") ?? benchmark.scenario) as typeof benchmark.scenario;
  const heads = scenario === "task_incremental"
    ? `${experiences} heads (${ofVariant("head") ?? options?.headMode ?? "clean"})`
    : "1 head";
  return `${scenarios[scenario]}, ${heads}`;
}

/** The sequence of experiences of a condition of continual learning; undefined where there is no such condition. */
export function benchmarkOf(condition: string) {
  const found = Object.values(experiments).flatMap(({ conditions }) => conditions)
    .find(({ trial }) => conditionNameOf(trial) === condition);
  return found?.trial.kind === "continual" ? found.trial.benchmark : undefined;
}
