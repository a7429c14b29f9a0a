// What networks are made of: layers with learnt variables, and the base class of layers and networks.
// In: activations [N, H, W, C] or [N, features] in TensorFlow's memory. Out: the same, differentiable.
// Names, initial values, paddings and normalisation follow PyTorch; layouts are converted at the border.
export * from "./batch_norm.ts";
export * from "./convolution.ts";
export * from "./initialisation.ts";
export * from "./layout.ts";
export * from "./linear.ts";
export * from "./module.ts";
export * from "./prelu.ts";
