/** How convolutions move and what they compute, with their two gradients; nothing here is differentiable by itself. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { activate, type Activation, type ConvolutionActivation } from "./activation.ts";
import { isFixed } from "./backend.ts";
import { gradientByImage } from "./image_gradient.ts";
import { attr, type Attribute, NATIVE, onGpu, run } from "./kernel.ts";
import { tf } from "./load.ts";
import { checkMap } from "./map.ts";
import { tellProduct } from "./observed.ts";
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
export interface Window {
  stride: number;
  attributes: readonly Attribute[];
  /** The same over a map whose zeros are there already, where gradients are faster so. */
  unpadded: readonly Attribute[] | undefined;
  /** The zeros on each side. */
  padding: Sides;
}

/** Made once for each. */
const windows = new Map<string, Window>();

/** How a filter [kH, kW, ...] moves over maps. */
export function windowOf(filter: Tensor, { stride = 1, padding = 0 }: ConvolutionOptions): Window {
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

/** What a gradient may be asked for, by name. */
export function inputsOf(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
): Record<string, Tensor> {
  return bias ? { x, filter, bias } : { x, filter };
}

/** The gradient by x of a convolution whose result has the gradient `dy`. */
export function gradientByInput(x: Tensor, filter: Tensor, dy: Tensor, window: Window): Tensor {
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

/** The gradient by the filter of a convolution whose result has the gradient `dy`. */
export function gradientByFilter(x: Tensor, filter: Tensor, dy: Tensor, window: Window): Tensor {
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

/** What {@linkcode forward} takes. */
export interface Forward {
  x: Tensor;
  filter: Tensor;
  bias: Tensor | undefined;
  window: Window;
  activation: ConvolutionActivation;
  residual?: Tensor | undefined;
}

/** `activation(x * filter + bias + residual)`. */
export function forward(operands: Forward): Tensor {
  const { x, filter } = operands;
  checkMap(x, "A convolution");
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
