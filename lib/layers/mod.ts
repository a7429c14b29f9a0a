// What networks are made of: layers with learnt variables, and the base class of layers and networks.
// In: activations [N, H, W, C] or [N, features] in TensorFlow's memory. Out: the same, differentiable.
// Names, initial values, paddings and normalisation follow PyTorch; layouts are converted at the border.
export * from "./attention.ts";
export * from "./batch_norm.ts";
export * from "./conv_norm.ts";
export * from "./convolution.ts";
export * from "./depthwise_convolution.ts";
export * from "./dropout.ts";
export * from "./group_norm.ts";
export * from "./initialisation.ts";
export * from "./layer_norm.ts";
export * from "./layout.ts";
export * from "./linear.ts";
export * from "./mlp_block.ts";
export * from "./module.ts";
export * from "./patch_embedding.ts";
export * from "./prelu.ts";
export * from "./window_attention.ts";
export * from "./sequential.ts";
export * from "./squeeze_excitation.ts";
