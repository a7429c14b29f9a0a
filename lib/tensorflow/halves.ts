/** A batch in two halves, for what one kernel would compute on one core only. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { onGpu } from "./kernel.ts";
import { tf } from "./load.ts";

// Fewer images are done before a second core has been woken.
const LEAST = 64;

/**
 * `f(x)` for an `f` that treats each image by itself, as two independent parts: in a captured step each has its own core. It
 * pays for chains of small products, which oneDNN computes in one thread; of larger ones the kernels are parallel themselves.
 *
 * @param x [N, ...]
 * @param f Gives [n, ...] for any n of the images
 */
export function inHalves(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const count = x.shape[0]!;
  if (onGpu || count < LEAST) return f(x);
  const half = count >> 1;
  return tf.concat([f(x.slice(0, half)), f(x.slice(half))]);
}
