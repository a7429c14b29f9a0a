/** Logits of several images, one row of `classes` numbers each. */
export interface LogitBatch {
  logits: Float32Array | Float64Array;
  classes: number;
}

/**
 * The maximum softmax probability of each row: MSP = max_k softmax(z)_k (Hendrycks & Gimpel 2017).
 *
 * In float32 at every step, as a user of a float32 library gets it: MSP = 1 / sum_k exp(z_k - max z), the terms rounded
 * and summed in float32 in the order of the classes. So it is exactly 1 where the largest logit leads by about 17 to 19,
 * and such images tie. Larger means more like the known classes.
 *
 * @throws {RangeError} when the logits are no whole number of rows, or hold a NaN or an infinity
 */
export function maximumSoftmaxProbability({ logits, classes }: LogitBatch): Float32Array {
  const highest = maximumLogit({ logits, classes });
  return highest.map((largest, row) => {
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const gap = Math.fround(Math.fround(logits[row * classes + k]!) - largest);
      sum = Math.fround(sum + Math.fround(Math.exp(gap)));
    }
    return 1 / sum;
  });
}

/**
 * The maximum logit of each row: MLS = max_k z_k, in float32 (Hendrycks et al. 2022; Vaze et al. 2022).
 *
 * @throws {RangeError} as `maximumSoftmaxProbability`
 */
export function maximumLogit({ logits, classes }: LogitBatch): Float32Array {
  const rows = countRows({ logits, classes });
  const highest = new Float32Array(rows).fill(-Infinity);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < classes; k++) {
      const logit = logits[row * classes + k]!;
      if (!Number.isFinite(logit)) {
        throw new RangeError(
          `Cannot score logits: row ${row} has ${logit} for class ${k}; did the training diverge?`,
        );
      }
      if (logit > highest[row]!) highest[row] = logit;
    }
  }
  return highest;
}

/** The number of rows. Throws RangeError when the logits are no whole number of rows. */
export function countRows({ logits, classes }: LogitBatch): number {
  if (!Number.isInteger(classes) || classes < 1 || logits.length % classes !== 0) {
    throw new RangeError(
      `Cannot split ${logits.length} logits into rows of ${classes} classes: wanted a multiple of it`,
    );
  }
  return logits.length / classes;
}
