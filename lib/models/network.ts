/** What every network is built from. */
import type { Initialiser } from "../layers/mod.ts";

/** What a network is built from. */
export interface NetworkContext {
  /** Number of logits. */
  classes: number;
  /** [H, W, C] of the images. */
  inputShape: readonly [height: number, width: number, channels: number];
  /** Where the initial values come from. */
  initialiser: Initialiser;
  /** Choices that the paper leaves open, by name; see the network's own documentation. */
  options: Readonly<Record<string, string | number>>;
}

/**
 * The value of option `name`, the first of `choices` unless given.
 *
 * @throws {RangeError} when it is none of the choices
 */
export function chooseOption<Choice extends string>(
  { options }: NetworkContext,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = options[name] ?? choices[0];
  if (!(choices as readonly (string | number)[]).includes(value)) {
    throw new RangeError(
      `Option ${name} is "${value}", but must be one of ${choices.join(", ")}`,
    );
  }
  return value as Choice;
}

/** Side of a map after an unpadded convolution and an unpadded pooling. */
export function shrink(size: number, kernel: number, pool: number): number {
  return Math.floor((size - kernel + 1) / pool);
}
