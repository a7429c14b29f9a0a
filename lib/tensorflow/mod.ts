// The one door to TensorFlow: builds and loads the runtime, and runs its kernels.
// In: nothing (importing it is enough). Out: `tf`, and TensorFlow ops as differentiable functions.
// Everything below works on tensors in NHWC layout; nothing is copied to JavaScript.
export { tf } from "./load.ts";
export { device, tensorflowVersion } from "./device.ts";
export * from "./kernel.ts";
export * from "./activation.ts";
export * from "./batch_norm.ts";
export * from "./constants.ts";
export * from "./convolution.ts";
export * from "./linear.ts";
export * from "./pooling.ts";
export * from "./variable.ts";
