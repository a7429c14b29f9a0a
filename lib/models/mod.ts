// The networks of the paper, one file per family.
// In: a name, the number of classes, the shape of the images, a seed. Out: a Module from images [N, H, W, C] to logits.
// Parameter names, counts and initial distributions are PyTorch's.
export { buildNetwork, networkNames, parseNetworkName } from "./build.ts";
export { ConvNet } from "./convnet.ts";
export { LeNet } from "./lenet.ts";
export { Mlp } from "./mlp.ts";
export type { NetworkContext } from "./network.ts";
