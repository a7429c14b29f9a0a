/** Group normalisation with one gradient for the whole; statistics per channel, so that no channel is moved. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { number } from "./constants.ts";
import { differentiable } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

/**
 * `gamma (x - mean) / sqrt(variance + epsilon) + beta` with the mean and biased variance of each sample's groups of C / groups
 * consecutive channels (PyTorch's `group_norm`).
 *
 * @param x [N, H, W, C]
 * @param gamma [C]
 * @param beta [C]
 * @param options groups divides C; epsilon is added to the variance
 * @returns [N, H, W, C]
 * @throws {RangeError} when groups does not divide C
 */
export function groupNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: { groups: number; epsilon: number },
): Tensor4D {
  const { groups, epsilon } = options;
  const channels = gamma.size;
  if (channels % groups !== 0) {
    throw new RangeError(`Cannot part ${channels} channels into ${groups} groups of one size`);
  }
  const overGroups = (perChannel: Tensor) => groupMeans(perChannel, groups);
  return differentiable({ x, gamma, beta }, () => {
    const maps = byPosition(x);
    const mean = overGroups(meanOfPositions(maps));
    const variance = overGroups(meanOfPositions(op.squaredDifference(maps, mean)));
    const factor = op.rsqrt(op.add(variance, number(epsilon)));
    const scale = factor.mul(gamma);
    const scaled = op.mul(maps, scale);
    const shift = beta.sub(mean.mul(scale));
    return {
      value: op.add(scaled, shift).reshape(x.shape),
      saved: { x, gamma, mean, factor },
      gradients: (dy, { x, gamma, mean, factor }) => {
        const { dx, dgamma, dbeta } = tf.tidy(() => {
          const dmaps = byPosition(dy);
          const positions = dmaps.shape[1]!;
          const centred = op.sub(byPosition(x), mean);
          // Means over the positions of a sample's channel, [N, 1, C]: of dy, and of dy times the normalised value.
          const first = meanOfPositions(dmaps);
          const second = meanOfPositions(op.mul(dmaps, centred)).mul(factor);
          const along = overGroups(second.mul(gamma)).mul(factor.square());
          const across = overGroups(first.mul(gamma)).mul(factor);
          const direct = op.mul(dmaps, factor.mul(gamma));
          const undone = op.add(op.mul(centred, along), across);
          return {
            dx: op.sub(direct, undone).reshape(x.shape),
            dgamma: second.sum([0, 1]).mul(positions),
            dbeta: first.sum([0, 1]).mul(positions),
          };
        });
        return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
      },
    };
  }) as Tensor4D;
}

/** [N, H, W, C] to [N, H W, C]. */
function byPosition(x: Tensor): Tensor {
  return x.reshape([x.shape[0]!, -1, x.shape.at(-1)!]);
}

/** [N, H W, C] to [N, 1, C]. */
function meanOfPositions(maps: Tensor): Tensor {
  return op.mean(maps, [1], { keepDims: true });
}

/** The mean of its group in the place of every channel, [N, 1, C]. */
function groupMeans(perChannel: Tensor, groups: number): Tensor {
  const [count, , channels] = perChannel.shape as [number, 1, number];
  return perChannel.reshape([count, groups, channels / groups]).mean(2, true)
    .tile([1, 1, channels / groups]).reshape([count, 1, channels]);
}
