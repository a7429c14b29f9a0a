// The one door to TensorFlow: builds and loads the runtime, and runs its kernels.
// In: nothing (importing it is enough). Out: `tf`, and TensorFlow ops as differentiable functions.
// Everything below works on tensors in NHWC layout; nothing is copied to JavaScript.
export { tf } from "./load.ts";
export { device, tensorflowVersion } from "./device.ts";
export * from "./kernel.ts";
export * from "./activation.ts";
export * from "./attention.ts";
export { after } from "./backend.ts";
export * from "./batch_norm.ts";
export { capture, type Captured } from "./capture.ts";
export { compiled, isCompiled } from "./compiled.ts";
export { axes, constant, constantCount, indices, integer, number, vector } from "./constants.ts";
export * from "./convolution.ts";
export type { ConvolutionOptions, Padding, Sides } from "./convolution_kernel.ts";
export * from "./depthwise.ts";
export * from "./dropout.ts";
export * from "./grouped_convolution.ts";
export * from "./halves.ts";
export * from "./hardswish.ts";
export * from "./gelu.ts";
export * from "./group_norm.ts";
export * from "./layer_norm.ts";
export * from "./linear.ts";
export * as op from "./ops/mod.ts";
export { observed, type Observer, type Product, tellPart } from "./observed.ts";
export * from "./pooled_convolution.ts";
export { averagePool, globalAveragePool, maxPool, type PoolingOptions } from "./pooling.ts";
export * from "./resize.ts";
export * from "./scale_maps.ts";
export { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
export { measureSpeed } from "./speed.ts";
export * from "./subsample.ts";
export * from "./swish.ts";
export type { Tensors } from "./tensors.ts";
export { Derived, Variable } from "./variable.ts";
export * from "./windows.ts";
