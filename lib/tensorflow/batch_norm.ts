/** Batch normalisation by TensorFlow's fused kernel, with PyTorch's conventions. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, activationGradient } from "./activation.ts";
import { attr, differentiable, NATIVE, onGpu, run, runMany } from "./kernel.ts";
import { checkMap } from "./map.ts";
import * as op from "./ops/mod.ts";

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

/** Numbers in a vector of AVX2. */
const LANES = 8;

const WITH_RELU = [
  NATIVE,
  attr.int("num_side_inputs", 0),
  attr.string("activation_mode", "Relu"),
];

/**
 * `activation(gamma (x - mean) / sqrt(variance + epsilon) + beta + residual)` with the batch's own mean and biased variance.
 *
 * The kernel also moves the running statistics: `(1 - momentum) running + momentum batch`, with the batch's unbiased
 * variance (divided by NHW - 1), as PyTorch does.
 *
 * @param x [N, H, W, C]
 * @param gamma [C]
 * @param beta [C]
 * @param options epsilon is added to the variance; `moved` is called once with the moved statistics, which it may not keep;
 *   residual is [N, H, W, C]
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
    activation?: Activation;
    residual?: Tensor | undefined;
  },
): Tensor4D {
  const { epsilon, momentum, running, moved, activation = "none", residual } = options;
  checkMap(x, "Batch norm");
  const training = attributes(epsilon, true);
  const inputs: Record<string, Tensor> = { x, gamma, beta, ...(residual ? { residual } : {}) };
  // oneDNN's kernel has the activation built in, but no sum. Of channels that fill no whole vectors it takes four times Eigen's time.
  const isFull = x.shape[3]! % LANES === 0;
  const fused = activation === "relu" && residual === undefined && isFull && !onGpu;
  return differentiable(inputs, () => {
    const [normalised, mean, variance, reserve1, reserve2, reserve3] = runMany(
      fused ? "_MklNativeFusedBatchNormEx" : "FusedBatchNormV3",
      [
        ...training,
        attr.float("exponential_avg_factor", momentum),
        ...(fused ? WITH_RELU : []),
      ],
      [x, gamma, beta, running.mean, running.variance],
      6,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    moved({ mean, variance });
    const sum = residual ? op.add(normalised, residual) : normalised;
    const value = fused ? sum : activate(sum, activation);
    const activated = activation === "none" ? {} : { value };
    return {
      value,
      saved: { x, gamma, reserve1, reserve2, reserve3, ...activated },
      gradients: (dy, { x, gamma, reserve1, reserve2, reserve3, value }) => {
        const inner = activationGradient(dy, value, activation);
        const [dx, dgamma, dbeta] = runMany(
          "FusedBatchNormGradV3",
          training,
          [inner, x, gamma, reserve1, reserve2, reserve3],
          5,
        ) as [Tensor, Tensor, Tensor];
        return {
          x: () => dx,
          gamma: () => dgamma,
          beta: () => dbeta,
          residual: () => inner.clone(),
        };
      },
    };
  }) as Tensor4D;
}

/** Scale and shift per channel, [C] each: what batch normalisation is once its statistics are given. */
export interface ScaleAndShift {
  scale: Tensor;
  shift: Tensor;
}

/** `scale x + shift`, the same as `gamma (x - mean) / sqrt(variance + epsilon) + beta`. */
export function scaleAndShift(
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  { mean, variance }: Statistics,
): ScaleAndShift {
  const scale = gamma.mul(variance.add(epsilon).rsqrt());
  return { scale, shift: beta.sub(mean.mul(scale)) };
}

/**
 * `activation(gamma (x - mean) / sqrt(variance + epsilon) + beta + residual)` with given statistics; differentiable by x,
 * gamma, beta and residual.
 *
 * @param x [N, H, W, C]
 * @param options statistics are [C] each, e.g. the running ones; `affine` is their {@linkcode scaleAndShift}, where it is
 *   known already
 * @returns [N, H, W, C]
 */
export function batchNormInference(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: {
    epsilon: number;
    statistics: Statistics;
    affine?: ScaleAndShift;
    activation?: Activation;
    residual?: Tensor | undefined;
  },
): Tensor4D {
  const { epsilon, statistics, activation = "none", residual } = options;
  checkMap(x, "Batch norm");
  const inputs: Record<string, Tensor> = { x, gamma, beta, ...(residual ? { residual } : {}) };
  return differentiable(inputs, () => {
    const affine = options.affine ?? scaleAndShift(gamma, beta, epsilon, statistics);
    const early = residual ? "none" : activation;
    const normalised = applyAffine(x, affine, early);
    const value = residual ? activate(op.add(normalised, residual), activation) : normalised;
    const { scale } = affine;
    const activated = activation === "none" ? {} : { value };
    return {
      value,
      saved: { x, scale, ...statistics, ...activated },
      gradients: (dy, { x, scale, mean, variance, value }) => {
        const inner = activationGradient(dy, value, activation);
        return {
          x: () => op.mul(inner, scale),
          gamma: () => inner.mul(x.sub(mean)).mul(variance.add(epsilon).rsqrt()).sum([0, 1, 2]),
          beta: () => op.columnSum(inner),
          residual: () => inner.clone(),
        };
      },
    };
  }) as Tensor4D;
}

const NHWC = attr.string("data_format", "NHWC");
const ONE_BY_ONE = [
  T,
  NHWC,
  attr.int("strides", [1, 1, 1, 1]),
  attr.string("padding", "VALID"),
  NATIVE,
  attr.int("num_args", 1),
];
const FUSED_OPS = {
  none: attr.strings("fused_ops", ["BiasAdd"]),
  relu: attr.strings("fused_ops", ["BiasAdd", "Relu"]),
};

/** `activation(scale x + shift)` in one pass: on the CPU as a depthwise 1x1 convolution, three times faster than a normalisation. */
function applyAffine(x: Tensor, { scale, shift }: ScaleAndShift, activation: Activation): Tensor {
  if (onGpu) {
    return activate(op.add(op.mul(x, scale), shift), activation);
  }
  const filter = scale.reshape([1, 1, -1, 1]);
  const attributes = [...ONE_BY_ONE, FUSED_OPS[activation]];
  return run("_MklNativeFusedDepthwiseConv2dNative", attributes, [x, filter, shift]);
}
