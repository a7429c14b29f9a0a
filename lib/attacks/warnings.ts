/** What makes an evaluation by AutoAttack doubtful; the original's warnings (fra31/auto-attack, checks.py). */

// The original's limits: of a distribution's rounding, of repeated outputs' distance, and of what Square Attack may add.
const DISTRIBUTION_ROUNDING = 1e-5;
const REPEATED_DISTANCE = 1e-4;
const SQUARE_SHARE = 0.002;

/** Warns where the outputs look like probabilities. */
export function ofProbabilities(logits: Float32Array, classes: number): string[] {
  for (let first = 0; first < logits.length; first += classes) {
    const row = logits.subarray(first, first + classes);
    const sum = row.reduce((sum, value) => sum + value, 0);
    const isDistribution = Math.abs(sum - 1) < DISTRIBUTION_ROUNDING &&
      row.every((value) => value > -DISTRIBUTION_ROUNDING && value < 1 + DISTRIBUTION_ROUNDING);
    if (!isDistribution) return [];
  }
  return [
    "the model's outputs are probabilities, not logits: gradients vanish, and robustness is overestimated",
  ];
}

/** Warns where the same images got other outputs a second time. */
export function ofRandomness(
  first: Float32Array,
  second: Float32Array,
  classes: number,
): string[] {
  for (let start = 0; start < first.length; start += classes) {
    const [a, b] = [first, second].map((logits) => logits.subarray(start, start + classes));
    const norm = (row: Float32Array) => Math.hypot(...row) + 1e-10;
    const [normA, normB] = [norm(a!), norm(b!)];
    const apart = Math.hypot(...a!.map((value, i) => value / normA - b![i]! / normB));
    if (apart > REPEATED_DISTANCE) {
      return ["the model gives the same images other outputs each time: the result is chance"];
    }
  }
  return [];
}

/** Warns where the targeted attacks cannot do all that was asked for. */
export function ofClasses(classes: number, targets: number): string[] {
  const warnings: string[] = [];
  if (classes < 4) {
    warnings.push(
      `${classes} classes: the targeted DLR loss needs 4 (z(3) and z(4) are in it), and APGD-T is left out`,
    );
  }
  if (targets > classes - 1) {
    warnings.push(`${classes} classes: ${classes - 1} targets are possible, not ${targets}`);
  }
  return warnings;
}

/** Warns where the attack without gradients found what those with gradients did not. */
export function ofSquare(fooled: number, count: number): string[] {
  if (fooled / count <= SQUARE_SHARE) return [];
  const share = (100 * fooled / count).toFixed(2);
  return [
    `Square Attack has fooled another ${share} % of the images: the gradients may be masked, and robustness overestimated`,
  ];
}
