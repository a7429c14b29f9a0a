/** Two-dimensional convolutions with bias and activation as one differentiable kernel. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  activate,
  type Activation,
  activationGradient,
  type ConvolutionActivation,
} from "./activation.ts";
import { isFixed } from "./backend.ts";
import { hardswish } from "./hardswish.ts";
import { attr, type Attribute, differentiable, isRecording, NATIVE, onGpu, run } from "./kernel.ts";
import type { Statistics } from "./batch_norm.ts";
import { gradientByImage } from "./image_gradient.ts";
import { tf } from "./load.ts";
import { tellProduct } from "./observed.ts";
import { maxPool, maxPoolForward, maxPoolGradient } from "./pooling.ts";
import { everyNth } from "./subsample.ts";
import * as op from "./ops/mod.ts";

const T = attr.type("T", "float32");

/** Zeros on each of the four sides; or above and below, and left and right; or on each side by itself. */
export type Padding = number | readonly [height: number, width: number] | Sides;

/** One number for each side of a map. */
export type Sides = readonly [top: number, bottom: number, left: number, right: number];

/** The zeros on each side. */
export function sidesOf(padding: Padding): Sides {
  if (typeof padding === "number") return [padding, padding, padding, padding];
  if (padding.length === 4) return padding;
  const [height, width] = padding;
  return [height, height, width, width];
}

/** How a window moves: PyTorch's convention, zero padding and the same stride on both axes. */
export interface ConvolutionOptions {
  /** Step of the window on both axes; 1 unless given. */
  stride?: number;
  /** Zeros around the map; 0 unless given. */
  padding?: Padding;
  /** Applied after the bias; none unless given. */
  activation?: ConvolutionActivation;
}

/** How a window moves, as TensorFlow takes it. */
interface Window {
  stride: number;
  attributes: readonly Attribute[];
  /** The same over a map whose zeros are there already, where gradients are faster so. */
  unpadded: readonly Attribute[] | undefined;
  /** The zeros on each side. */
  padding: Sides;
}

/** Made once for each. */
const windows = new Map<string, Window>();

function windowOf(filter: Tensor, { stride = 1, padding = 0 }: ConvolutionOptions): Window {
  const [height, width] = filter.shape;
  const sides = sidesOf(padding);
  const [top, bottom, left, right] = sides;
  // At stride 1 an odd window's symmetric padding is TensorFlow's "SAME", for which there are more kernels.
  const isHalf = (size: number, before: number, after: number) =>
    2 * before === size - 1 && 2 * after === size - 1;
  const same = stride === 1 && isHalf(height!, top, bottom) && isHalf(width!, left, right);
  const none = sides.every((zeros) => zeros === 0);
  const key = `${same},${stride},${sides}`;
  let window = windows.get(key);
  if (window === undefined) {
    const attributesFor = (padding: string) => [
      T,
      attr.int("strides", [1, stride, stride, 1]),
      attr.string("padding", padding),
      ...(padding === "EXPLICIT" ? [attr.int("explicit_paddings", [0, 0, ...sides, 0, 0])] : []),
    ];
    window = {
      stride,
      attributes: attributesFor(none ? "VALID" : same ? "SAME" : "EXPLICIT"),
      // TensorFlow hands gradients with both steps and zeros to Eigen, which is up to ten times slower than oneDNN
      // over a padded map.
      unpadded: stride > 1 && !none && !onGpu ? attributesFor("VALID") : undefined,
      padding: sides,
    };
    windows.set(key, window);
  }
  return window;
}

const ACTIVATION_OPS = { none: [], relu: ["Relu"], hardswish: ["_FusedHardSwish"] };

/** Attributes of a fused convolution for what follows it: a bias or a bias and a sum with another map, and each activation. */
function fusedAttributes(ops: readonly string[]) {
  const args = ops.map(() => "float32" as const);
  const of = (activation: ConvolutionActivation) => [
    NATIVE,
    attr.int("num_args", args.length),
    attr.types("TArgs", args),
    attr.strings("fused_ops", [...ops, ...ACTIVATION_OPS[activation]]),
  ];
  return { none: of("none"), relu: of("relu"), hardswish: of("hardswish") };
}
const FIXED_FILTER = [attr.bool("is_filter_const", true)];
const FUSED = { bias: fusedAttributes(["BiasAdd"]), sum: fusedAttributes(["BiasAdd", "Add"]) };

/**
 * `activation(x * filter + bias)`.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, H', W', out] with H' = floor((H + top + bottom - kH) / stride) + 1
 */
export function convolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  // Its gradient needs the values before it too, which the fused kernel does not give.
  if (activation === "hardswish" && (isRecording() || onGpu || !bias)) {
    return hardswish(convolution(x, filter, bias, { ...options, activation: "none" })) as Tensor4D;
  }
  const window = windowOf(filter, options);
  return differentiable(inputsOf(x, filter, bias), () => {
    const value = forward({ x, filter, bias, window, activation });
    return {
      value,
      saved: { x, filter, ...(activation === "relu" && { value }) },
      gradients: (dy, { x, filter, value }) => {
        const inner = activationGradient(dy, value, activation === "relu" ? "relu" : "none");
        return {
          x: () => gradientByInput(x, filter, inner, window),
          filter: () => gradientByFilter(x, filter, inner, window),
          bias: () => op.columnSum(inner),
        };
      },
    };
  }) as Tensor4D;
}

/**
 * `activation(batchNorm(x * filter) + residual)` with given statistics, as one kernel: the normalisation is in the filters
 * and the bias. Differentiable by x, filter, gamma, beta and residual.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param norm gamma, beta, mean and variance are [out] each; epsilon is added to the variance
 * @param folded What {@linkcode foldNorm} makes of filter and norm
 * @param options residual is of the result's shape, and added before the activation
 * @returns [N, H', W', out] as of {@linkcode convolution}
 */
export function normalisedConvolution(
  x: Tensor,
  filter: Tensor,
  { norm, folded, residual, activation = "none", ...options }: {
    norm: GivenNorm;
    folded: readonly [filter: Tensor, bias: Tensor, inverseDeviation: Tensor];
    residual?: Tensor | undefined;
    activation?: Activation;
    stride?: number;
    padding?: Padding;
  },
): Tensor4D {
  const { gamma, beta, mean } = norm;
  const window = windowOf(filter, options);
  const operands = { x, filter, gamma, beta };
  const inputs: Record<string, Tensor> = residual ? { ...operands, residual } : operands;
  return differentiable(inputs, () => {
    const [foldedFilter, bias, inverseDeviation] = folded;
    const value = forward({ x, filter: foldedFilter, bias, window, activation, residual });
    return {
      value,
      saved: {
        x,
        filter,
        gamma,
        mean,
        foldedFilter,
        inverseDeviation,
        ...(activation !== "none" && { value }),
      },
      gradients: (dy, { x, filter, gamma, mean, foldedFilter, inverseDeviation, value }) => {
        const inner = activationGradient(dy, value, activation);
        const byFilter = () => gradientByFilter(x, filter, inner, window);
        const sum = () => op.columnSum(inner);
        return {
          x: () => gradientByInput(x, foldedFilter, inner, window),
          filter: () => byFilter().mul(gamma.mul(inverseDeviation)),
          gamma: () => {
            const product = byFilter().mul(filter).sum([0, 1, 2]);
            return product.sub(mean.mul(sum())).mul(inverseDeviation);
          },
          beta: sum,
          residual: () => inner.clone(),
        };
      },
    };
  }) as Tensor4D;
}

/** A normalisation with given statistics. */
export interface GivenNorm extends Statistics {
  gamma: Tensor;
  beta: Tensor;
  epsilon: number;
}

/** The filters and the bias that normalise as well, and the inverse deviation; not differentiable by itself. */
export function foldNorm(
  filter: Tensor,
  { gamma, beta, mean, variance, epsilon }: GivenNorm,
): [filter: Tensor, bias: Tensor, inverseDeviation: Tensor] {
  const inverseDeviation = variance.add(epsilon).rsqrt();
  const scale = gamma.mul(inverseDeviation);
  return [filter.mul(scale), beta.sub(mean.mul(scale)), inverseDeviation];
}

/**
 * `maxPool(activation(x * filter + bias))`, with windows of side and step `size`.
 *
 * The gradient passes the activation, and is summed for the bias, after the pooling: on a fraction of the data, and with
 * the same numbers, since a window's gradient goes to its largest value alone.
 *
 * @param x [N, H, W, in]
 * @param filter [kH, kW, in, out]
 * @param bias [out], or undefined for none
 * @returns [N, floor(H' / size), floor(W' / size), out], where H' and W' are those of {@linkcode convolution}
 */
export function pooledConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  size: number,
  options: ConvolutionOptions = {},
): Tensor4D {
  const { activation = "none" } = options;
  if (activation === "hardswish") {
    // It is no increasing function: the largest value before it need not be the largest after it.
    return maxPool(convolution(x, filter, bias, options), size);
  }
  const window = windowOf(filter, options);
  return differentiable(inputsOf(x, filter, bias), () => {
    const map = forward({ x, filter, bias, window, activation });
    const pooling = maxPoolForward(map, size, size);
    return {
      value: pooling.value,
      saved: { x, filter, ...pooling },
      gradients: (dy, { x, filter, ...pooling }) => {
        const pooled = activationGradient(dy, pooling.value, activation);
        const inner = maxPoolGradient(pooled, pooling, size, size);
        return {
          x: () => gradientByInput(x, filter, inner, window),
          filter: () => gradientByFilter(x, filter, inner, window),
          bias: () => op.columnSum(pooled),
        };
      },
    };
  }) as Tensor4D;
}

function inputsOf(x: Tensor, filter: Tensor, bias: Tensor | undefined): Record<string, Tensor> {
  return bias ? { x, filter, bias } : { x, filter };
}

function gradientByInput(x: Tensor, filter: Tensor, dy: Tensor, window: Window): Tensor {
  const { stride, attributes, unpadded, padding } = window;
  const [top, bottom, left, right] = padding;
  if (unpadded === undefined) {
    // Only where no channels are in groups, and the padding is the same on opposite sides.
    const isPlain = stride === 1 && !onGpu && x.shape[3] === filter.shape[2] &&
      top === bottom && left === right;
    const byImage = isPlain && gradientByImage(x.shape, { filter, padding: [top, left] }, dy);
    if (byImage) return byImage;
    return run("Conv2DBackpropInput", attributes, [shapeOf(x), filter, dy]);
  }
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const shape = tf.tensor1d(
    [count, height + top + bottom, width + left + right, channels],
    "int32",
  );
  const padded = run("Conv2DBackpropInput", unpadded, [shape, filter, dy]);
  return op.slice(padded, [0, top, left, 0], x.shape);
}

// Of a 1x1 filter with steps, oneDNN writes past the end of its memory where channels do not fill whole vectors: with AVX-512, 4
// channels to 3 on maps of 12x12. The pixels that such a filter sees are then taken out first.
const LANES = 16;
const UNIT_STEPS = [T, attr.int("strides", [1, 1, 1, 1]), attr.string("padding", "VALID")];

function gradientByFilter(x: Tensor, filter: Tensor, dy: Tensor, window: Window): Tensor {
  const { attributes, unpadded, padding, stride } = window;
  const inputs = [shapeOf(filter), dy];
  const [height, width, into, out] = filter.shape as [number, number, number, number];
  const isFull = into % LANES === 0 && out % LANES === 0;
  if (!onGpu && stride > 1 && height === 1 && width === 1 && !isFull) {
    const whole = padding.every((zeros) => zeros === 0) ? x : padded(x, padding);
    return run("Conv2DBackpropFilter", UNIT_STEPS, [everyNth(whole, stride), ...inputs]);
  }
  if (unpadded === undefined) return run("Conv2DBackpropFilter", attributes, [x, ...inputs]);
  return run("Conv2DBackpropFilter", unpadded, [padded(x, window.padding), ...inputs]);
}

/** A map with zeros around it. */
function padded(x: Tensor, [top, bottom, left, right]: Sides): Tensor {
  return op.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]);
}

interface Forward {
  x: Tensor;
  filter: Tensor;
  bias: Tensor | undefined;
  window: Window;
  activation: ConvolutionActivation;
  residual?: Tensor | undefined;
}

function forward(operands: Forward): Tensor {
  const { x, filter } = operands;
  const value = compute(operands);
  tellProduct("convolution", x, value, filter.size / filter.shape[3]!);
  return value;
}

function compute({ x, filter, bias, window, activation, residual }: Forward): Tensor {
  if (bias && !onGpu) {
    const attributes = [
      ...window.attributes,
      ...FUSED[residual ? "sum" : "bias"][activation],
      // oneDNN then brings the filter into its own order at the first call only.
      ...(isFixed(filter) ? FIXED_FILTER : []),
    ];
    const inputs = residual ? [x, filter, bias, residual] : [x, filter, bias];
    return run("_MklNativeFusedConv2D", attributes, inputs);
  }
  const product = run("Conv2D", window.attributes, [x, filter]);
  const biased = bias ? op.biasAdd(product, bias) : product;
  const sum = residual ? op.add(biased, residual) : biased;
  return activate(sum, activation as Activation);
}

function shapeOf(x: Tensor): Tensor {
  return tf.tensor1d(x.shape, "int32");
}
