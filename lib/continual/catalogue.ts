/** The strategies by name. */
import { z } from "zod";
import { ElasticWeightConsolidation } from "./ewc.ts";
import { checkHeads } from "./heads.ts";
import { Joint } from "./joint.ts";
import { checkNetwork } from "../models/mod.ts";
import { LearningWithoutForgetting } from "./learning_without_forgetting.ts";
import { LessForgetfulLearning } from "./less_forgetful_learning.ts";
import { Naive } from "./naive.ts";
import { parseOptions } from "./options.ts";
import { Replay } from "./replay.ts";
import type { ScenarioName } from "./scenario.ts";
import type { Strategy, StrategyContext } from "./strategy.ts";
import { SynapticIntelligence } from "./synaptic_intelligence.ts";

/** Options of a strategy by name, as a trial has them. */
export type StrategyOptions = Readonly<Record<string, string | number | readonly number[]>>;

/** How a strategy is made, and for what. */
interface Definition {
  scenarios: readonly ScenarioName[];
  /** Why it is not for the others. */
  reason?: string;
  /** Checks the options, whatever they are. */
  make: (context: StrategyContext, options: never) => Strategy;
}

const ALL = ["domain_incremental", "class_incremental", "task_incremental"] as const;
const NOTHING = z.strictObject({});

const strategies: Readonly<Record<string, Definition>> = {
  naive: {
    scenarios: ALL,
    make: (_, options) => {
      parseOptions("naive", NOTHING, options);
      return new Naive();
    },
  },
  joint: {
    scenarios: ALL,
    make: (_, options) => {
      parseOptions("joint", NOTHING, options);
      return new Joint();
    },
  },
  replay: {
    scenarios: ["domain_incremental", "class_incremental"],
    reason: "a batch of new and remembered images would need several heads at once",
    make: (context, options) => new Replay(context, options),
  },
  si: {
    scenarios: ALL,
    make: (context, options) => new SynapticIntelligence(context, options),
  },
  ewc: {
    scenarios: ALL,
    make: (context, options) => new ElasticWeightConsolidation(context, options),
  },
  lfl: {
    scenarios: ["domain_incremental"],
    reason:
      "its last layer stands still after the first experience, so that no new class can be learnt",
    make: (context, options) => new LessForgetfulLearning(context, options),
  },
  lwf: {
    scenarios: ALL,
    make: (context, options) => new LearningWithoutForgetting(context, options),
  },
};

/** The strategies, in the order in which tables list them. */
export const strategyNames: readonly string[] = Object.keys(strategies);

/**
 * Throws where there is no such strategy, or it is not for the scenario.
 *
 * @throws {RangeError}
 */
function checkStrategy(name: string, scenario: ScenarioName): void {
  const definition = Object.hasOwn(strategies, name) ? strategies[name]! : undefined;
  if (definition === undefined) {
    throw new RangeError(`There is no strategy "${name}"; known are ${strategyNames.join(", ")}`);
  }
  if (!ALL.includes(scenario)) {
    throw new RangeError(`There is no scenario "${scenario}"; known are ${ALL.join(", ")}`);
  }
  if (definition.scenarios.includes(scenario)) return;
  throw new RangeError(
    `Strategy "${name}" is not for ${scenario} learning: ${definition.reason}; ` +
      `it is for ${definition.scenarios.join(", ")}`,
  );
}

/**
 * A strategy by name, with its options.
 *
 * @throws {RangeError} when there is no such strategy, it is not for the scenario, the scenario's heads or classes cannot be, or an
 *   option is missing, unknown or out of range
 */
export function makeStrategy(
  name: string,
  options: StrategyOptions,
  context: StrategyContext,
): Strategy {
  checkStrategy(name, context.scenario);
  checkContext(context);
  return strategies[name]!.make(context, options as never);
}

/** Throws RangeError where the heads are not those of the scenario, or an experience has no classes or such as there are not. */
function checkContext(context: StrategyContext): void {
  const { scenario, network, heads, columns, classes } = context;
  checkNetwork(network, "train");
  checkHeads(network, heads);
  if ((scenario === "task_incremental") !== (heads !== undefined)) {
    const heading = heads === undefined ? "needs a head per task" : "has one head";
    throw new RangeError(`${scenario} learning ${heading}: change the network or the scenario`);
  }
  columns.forEach((own, k) => {
    if (own.length > 0 && own.every((c) => Number.isInteger(c) && c >= 0 && c < classes)) return;
    throw new RangeError(
      `Experience ${k + 1} cannot have the logits ${own.join(", ") || "of no class"}: ` +
        `give some of 0 .. ${classes - 1}`,
    );
  });
}
