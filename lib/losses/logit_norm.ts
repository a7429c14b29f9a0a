import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op } from "../tensorflow/mod.ts";
import { meanCrossEntropy } from "./cross_entropy.ts";
import type { Loss, LossOptions } from "./loss.ts";
import { asColumn } from "./targets.ts";
import { type Evaluated, lossOver, type Samples, weighted } from "./samples.ts";

// Added to the norm, as in Wei et al.'s code (not to its square, and not a lower bound).
const EPSILON = 1e-7;

/**
 * LogitNorm (LN): cross-entropy of z = y / (t (|y| + 1e-7)), the logits divided by their Euclidean norm and a low
 * temperature (section 3.2; Wei et al. 2022).
 *
 * For training only: predictions and confidence use the logits as they are. At y = 0, where the norm has no
 * derivative, the norm counts as constant, as in PyTorch.
 *
 * @param options.temperature t, above 0; 0.04 is the value that Table 1 shows (its last row is 1/t)
 * @throws {RangeError} for a temperature that is not above 0
 */
export function logitNorm(options: LossOptions & { readonly temperature?: number } = {}): Loss {
  const { temperature = 0.04, ignoreLabel } = options;
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`temperature must be a finite number above 0, got ${temperature}`);
  }
  return lossOver((samples) => normalised(samples, temperature), { ignoreLabel });
}

/** With g = dCE/dz and d = t (|y| + 1e-7): dL/dy = g / d - z t (g . z) / |y|, as d's gradient is t y / |y|. */
function normalised(
  samples: Samples,
  temperature: number,
): Evaluated<{ norm: Tensor; divisor: Tensor; z: Tensor; slope: Tensor; share?: Tensor }> {
  const { rows, counted } = samples;
  const norms = op.rowNorm(rows);
  // Whatever the row of an ignored sample holds: its z has a weight of 0, and these are divided by.
  const norm = counted ? op.where(asColumn(counted), norms, number(1)) : norms;
  const divisor = op.mul(op.add(norm, number(EPSILON)), number(temperature));
  const z = op.div(rows, divisor);
  const inner = meanCrossEntropy({ ...samples, rows: z });
  return {
    value: inner.value,
    saved: { norm, divisor, z, ...inner.saved },
    gradient: (dy, { norm, divisor, z, ...saved }) => {
      const byZ = inner.gradient(dy, saved);
      const along = op.divNoNan(op.rowSum(weighted(z, byZ, samples)), norm);
      const shrinking = op.mul(along, number(temperature));
      return op.sub(op.div(byZ, divisor), weighted(z, shrinking, samples));
    },
  };
}
