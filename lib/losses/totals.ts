/** Sums over samples, which may be millions of pixels. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { op, tf } from "../tensorflow/mod.ts";

// XLA, and some kernels of TensorFlow, add one number after the other: of many that loses digits, of so many none that matter.
const PART = 64;
/** Below so many samples one sum is exact enough. */
export const MANY = 2 ** 12;

/** The sums of the columns of [n, k], [k]; of many rows as sums of sums of few. */
export function columnTotals(rows: Tensor): Tensor {
  let left = rows;
  for (let part = partOf(left, MANY); part > 1; part = partOf(left, PART)) {
    const [count, columns] = left.shape as [number, number];
    left = op.sum(tf.reshape(left, [count / part, part, columns]), [1]);
  }
  return op.sum(left, [0]);
}

/** The sum of all values of [n] or [n, k], a scalar; of many those of the rows first, then as {@linkcode columnTotals}. */
export function total(values: Tensor): Tensor {
  if (values.shape[0]! < MANY) return op.sum(values);
  const column = values.rank === 1 ? op.expandDims(values, 1) : op.rowSum(values);
  return tf.reshape(columnTotals(column), []);
}

/** How many of the rows are added up first: the largest divisor of their number that is few, or 1 where they are not many. */
function partOf({ shape }: Tensor, many: number): number {
  const count = shape[0]!;
  if (count < many) return 1;
  let part = PART;
  while (count % part !== 0) part--;
  return part;
}
