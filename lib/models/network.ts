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
  /** Choices that the paper leaves open, by name, complete; see the network's own documentation. */
  options: Readonly<Record<string, string | number>>;
}

/** An error for images that a network cannot take. */
export function unfitImages(network: string, { inputShape }: NetworkContext, why: string) {
  return new RangeError(`${network} cannot take images of ${inputShape.join("x")}: ${why}`);
}
