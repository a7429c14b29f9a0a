/** Looking again at what an attack returns. */
import { predictions } from "../evaluation/mod.ts";
import { distance, type Norm } from "./ball.ts";
import { predictLogits } from "./predict.ts";
import type { Victim } from "./victim.ts";

/** What {@linkcode selfCheck} saw. */
export interface SelfCheck {
  /** How many images were looked at: all. */
  images: number;
  /**
   * Images whose stored verdict is not what the model says now, each with two logits so close that float32 sums in another
   * order (another batch size) decide between them.
   */
  disagreements: number;
  /** The largest distance from a clean image, in float64; at most epsilon. */
  largestChange: number;
  /** The least and the greatest pixel; in [0, 1]. */
  smallestPixel: number;
  largestPixel: number;
}

// Sums in another order change logits by about 1e-6 of their size, deep networks by ten times that.
const ROUNDING = 1e-4;

/**
 * Evaluates the stored images once more: they must lie in the ball and in [0, 1], and be classified as `fooled` says.
 *
 * @throws {Error} when one does not
 */
export async function selfCheck(victim: Victim, { clean, adversarial, labels, fooled }: {
  clean: Float32Array;
  adversarial: Float32Array;
  labels: Int32Array;
  fooled: Uint8Array;
}, { norm, epsilon, batchSize, signal }: {
  norm: Norm;
  epsilon: number;
  batchSize: number;
  signal?: AbortSignal | undefined;
}): Promise<SelfCheck> {
  const { pixels } = victim;
  const checked: SelfCheck = {
    images: labels.length,
    disagreements: 0,
    largestChange: 0,
    smallestPixel: Infinity,
    largestPixel: -Infinity,
  };
  const { logits, classes } = await predictLogits(victim, adversarial, {
    batchSize,
    signal,
    which: "perturbed",
  });
  const predicted = predictions(logits, classes);
  for (let i = 0; i < labels.length; i++) {
    const row = adversarial.subarray(i * pixels, (i + 1) * pixels);
    const change = distance(row, clean.subarray(i * pixels, (i + 1) * pixels), norm);
    checked.largestChange = Math.max(checked.largestChange, change);
    for (const pixel of row) {
      if (pixel < checked.smallestPixel) checked.smallestPixel = pixel;
      if (pixel > checked.largestPixel) checked.largestPixel = pixel;
    }
    if (!(change <= epsilon && checked.smallestPixel >= 0 && checked.largestPixel <= 1)) {
      throw new Error(
        `Image ${i} of AutoAttack lies outside of the ball or of [0, 1]: it is ${change} from the clean image ` +
          `(${norm}, epsilon ${epsilon})`,
      );
    }
    if ((predicted[i] !== labels[i]) === (fooled[i] === 1)) continue;
    checked.disagreements++;
    const verdict = logits.subarray(i * classes, (i + 1) * classes);
    if (leadOf(verdict) > ROUNDING) {
      throw new Error(
        `Image ${i} of AutoAttack is ${
          fooled[i] ? "classified correctly" : "misclassified"
        } when looked at again: ` +
          "does the model give the same images the same logits each time (evaluation mode, no randomness)?",
      );
    }
  }
  return checked;
}

/** By how much the largest logit leads the second, relative to their size. */
function leadOf(logits: Float32Array): number {
  const [first, second] = logits.toSorted().reverse();
  return (first! - second!) / Math.max(1, Math.abs(first!), Math.abs(second!));
}
