/** What kernels over maps must be sure of: some end the whole process where a tensor has another rank. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";

/**
 * Checks that something is a batch of maps.
 *
 * @param what What takes it, for the message: "A convolution"
 * @throws {TypeError} for any rank but 4
 */
export function checkMap(x: Tensor, what: string): void {
  if (x.rank === 4) return;
  throw new TypeError(
    `${what} takes images or maps [N, H, W, C], got [${x.shape.join(", ")}]` +
      (x.rank === 3 ? "; one alone gets its N by expandDims(0)" : ""),
  );
}
