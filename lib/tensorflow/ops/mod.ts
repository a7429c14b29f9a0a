// The one vocabulary of TensorFlow's general ops, under TensorFlow.js's names; one kernel each.
// In and out: tensors. Nothing is checked but by the kernel, nothing read back, and no gradient is recorded: a function of these
// becomes differentiable as a whole (`differentiable`). What a file of tensorflow/ is about (a convolution, ...) it runs itself.
export * from "./arithmetic.ts";
export * from "./logic.ts";
export * from "./reductions.ts";
export * from "./arrays.ts";
