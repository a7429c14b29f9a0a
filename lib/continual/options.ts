/** Checking the options of a strategy, by whoever it is made. */
import { z } from "zod";

/** What a term counts beside the loss. */
export const weight = z.number().nonnegative();

/** A number for each experience, or one for all. */
export type PerExperience = number | readonly number[];

/** The number of an experience, from 0. */
export function ofExperience(numbers: PerExperience, index: number): number {
  return typeof numbers === "number" ? numbers : numbers[index]!;
}

/** A weight for each of so many experiences, or one for all. */
export const weightPerExperience = (experiences: number): z.ZodType<PerExperience> =>
  z.union([weight, z.array(weight).min(experiences)], {
    error: `wanted a number of 0 or more, or one for each of ${experiences} experiences`,
  });

/**
 * The options of the strategy of that name.
 *
 * @throws {RangeError} naming each option that is missing, unknown or out of range
 */
export function parseOptions<T>(name: string, schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) =>
    [path.join("."), message].filter((part) => part !== "").join(": ")
  );
  throw new RangeError(`Options of strategy "${name}" are wrong: ${wrong.join("; ")}`);
}
