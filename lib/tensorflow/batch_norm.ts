/** Batch normalisation by TensorFlow's fused kernel, with PyTorch's conventions. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { attr, differentiable, run, runMany } from "./kernel.ts";

const T = attr.type("T", "float32");
const U = attr.type("U", "float32");

/** Mean and variance per channel. */
export interface Statistics {
  /** [C] */
  mean: Tensor;
  /** [C] */
  variance: Tensor;
}

function attributes(epsilon: number, training: boolean) {
  return [
    T,
    U,
    attr.float("epsilon", epsilon),
    attr.string("data_format", "NHWC"),
    attr.bool("is_training", training),
  ];
}

/**
 * `gamma (x - mean) / sqrt(variance + epsilon) + beta` with the batch's own mean and biased variance.
 *
 * The kernel also moves the running statistics: `(1 - momentum) running + momentum batch`, with the batch's unbiased
 * variance (divided by NHW - 1), as PyTorch does.
 *
 * @param x [N, H, W, C]
 * @param gamma [C]
 * @param beta [C]
 * @param options epsilon is added to the variance; `moved` is called once with the moved statistics, which it may not keep
 * @returns [N, H, W, C]
 */
export function batchNormTraining(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: {
    epsilon: number;
    momentum: number;
    running: Statistics;
    moved: (statistics: Statistics) => void;
  },
): Tensor4D {
  const { epsilon, momentum, running, moved } = options;
  const training = attributes(epsilon, true);
  return differentiable({ x, gamma, beta }, () => {
    const [value, mean, variance, reserve1, reserve2, reserve3] = runMany(
      "FusedBatchNormV3",
      [...training, attr.float("exponential_avg_factor", momentum)],
      [x, gamma, beta, running.mean, running.variance],
      6,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    moved({ mean, variance });
    return {
      value,
      saved: [x, gamma, reserve1, reserve2, reserve3],
      gradients: (dy, [x, gamma, reserve1, reserve2, reserve3]) => {
        const [dx, dgamma, dbeta] = runMany(
          "FusedBatchNormGradV3",
          training,
          [dy, x!, gamma!, reserve1!, reserve2!, reserve3!],
          5,
        ) as [Tensor, Tensor, Tensor];
        return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
      },
    };
  }) as Tensor4D;
}

/**
 * `gamma (x - mean) / sqrt(variance + epsilon) + beta` with given statistics; differentiable by x, gamma and beta.
 *
 * @param x [N, H, W, C]
 * @param statistics [C] each, e.g. the running ones
 * @returns [N, H, W, C]
 */
export function batchNormInference(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  statistics: Statistics,
): Tensor4D {
  const { mean, variance } = statistics;
  return differentiable({ x, gamma, beta }, () => ({
    value: runMany(
      "FusedBatchNormV3",
      attributes(epsilon, false),
      [x, gamma, beta, mean, variance],
      6,
    )[0]!,
    saved: [x, gamma, mean, variance],
    gradients: (dy, [x, gamma, mean, variance]) => {
      const inverse = variance!.add(epsilon).rsqrt();
      return {
        x: () => run("Mul", [T], [dy, gamma!.mul(inverse)]),
        gamma: () => dy.mul(x!.sub(mean!)).mul(inverse).sum([0, 1, 2]),
        beta: () => dy.sum([0, 1, 2]),
      };
    },
  })) as Tensor4D;
}
