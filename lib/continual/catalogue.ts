/** The strategies by name. */
import { z } from "zod";
import { ElasticWeightConsolidation } from "./ewc.ts";
import { Joint } from "./joint.ts";
import { LearningWithoutForgetting } from "./learning_without_forgetting.ts";
import { LessForgetfulLearning } from "./less_forgetful_learning.ts";
import { Naive } from "./naive.ts";
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
  make: (context: StrategyContext, options: StrategyOptions) => Strategy;
}

const ALL = ["domain_incremental", "class_incremental", "task_incremental"] as const;
const NOTHING = z.strictObject({});
const weight = z.number().nonnegative();
const perExperience = (experiences: number) => z.union([weight, z.array(weight).min(experiences)]);

const strategies: Readonly<Record<string, Definition>> = {
  naive: {
    scenarios: ALL,
    make: (_, options) => {
      parse("naive", NOTHING, options);
      return new Naive();
    },
  },
  joint: {
    scenarios: ALL,
    make: (_, options) => {
      parse("joint", NOTHING, options);
      return new Joint();
    },
  },
  replay: {
    scenarios: ["domain_incremental", "class_incremental"],
    reason: "a batch of new and remembered images would need several heads at once",
    make: (context, options) => {
      const { classes } = context;
      const schema = z.strictObject({
        mode: z.enum(["online", "offline"]),
        capacity: z.int().min(classes, `a memory needs room for each of the ${classes} classes`),
        memoryBatch: z.int().positive(),
      }).refine(({ capacity, memoryBatch }) => memoryBatch <= capacity, {
        path: ["memoryBatch"],
        message: "the memory never holds so many",
      });
      return new Replay(context, parse("replay", schema, options));
    },
  },
  si: {
    scenarios: ALL,
    make: (context, options) => {
      const schema = z.strictObject({ lambda: weight, epsilon: z.number().positive() });
      return new SynapticIntelligence(context, parse("si", schema, options));
    },
  },
  ewc: {
    scenarios: ALL,
    make: (context, options) => {
      const schema = z.union([
        z.strictObject({ lambda: weight, mode: z.literal("separate") }),
        z.strictObject({ lambda: weight, mode: z.literal("online"), decay: weight.max(1) }),
      ]);
      return new ElasticWeightConsolidation(context, parse("ewc", schema, options));
    },
  },
  lfl: {
    scenarios: ["domain_incremental"],
    reason:
      "its last layer stands still after the first experience, so that no new class can be learnt",
    make: (context, options) => {
      const schema = z.strictObject({ lambda: perExperience(context.columns.length) });
      return new LessForgetfulLearning(context, parse("lfl", schema, options));
    },
  },
  lwf: {
    scenarios: ALL,
    make: (context, options) => {
      const schema = z.strictObject({
        temperature: z.number().positive(),
        alpha: z.exactOptional(perExperience(context.columns.length)),
        share: z.exactOptional(z.enum(["equal", "whole"])),
        teacher: z.exactOptional(z.enum(["evaluation", "training"])),
      });
      return new LearningWithoutForgetting(context, parse("lwf", schema, options));
    },
  },
};

/** The strategies, in the order in which tables list them. */
export const strategyNames: readonly string[] = Object.keys(strategies);

/**
 * Throws where there is no such strategy, or it is not for the scenario.
 *
 * @throws {RangeError}
 */
export function checkStrategy(name: string, scenario: ScenarioName): void {
  const definition = Object.hasOwn(strategies, name) ? strategies[name]! : undefined;
  if (definition === undefined) {
    throw new RangeError(`There is no strategy "${name}"; known are ${strategyNames.join(", ")}`);
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
 * @throws {RangeError} when there is no such strategy, it is not for the scenario, or an option is missing, unknown or out of range
 */
export function makeStrategy(
  name: string,
  options: StrategyOptions,
  context: StrategyContext,
): Strategy {
  checkStrategy(name, context.scenario);
  return strategies[name]!.make(context, options);
}

function parse<T>(name: string, schema: z.ZodType<T>, options: StrategyOptions): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) =>
    [path.join("."), message].filter((part) => part !== "").join(": ")
  );
  throw new RangeError(`Options of strategy "${name}" are wrong: ${wrong.join("; ")}`);
}
