// The networks of the paper, one file per family.
// In: a name, the number of classes, the shape of the images, a seed. Out: a Network from images [N, H, W, C] to logits.
// Parameter names, counts and initial distributions are PyTorch's.
export { buildNetwork, networkNames, parseNetworkName } from "./build.ts";
export { ContinualMlp } from "./continual_mlp.ts";
export { ConvNet } from "./convnet.ts";
export type { Encoder } from "./encoder.ts";
export { Fpn, SEGMENTATION_STRIDE } from "./fpn.ts";
export { InceptionV3 } from "./inception_v3.ts";
export { LeNet } from "./lenet.ts";
export { type Layer, measureNetwork, type NetworkCost, networkCost } from "./meter.ts";
export { Mlp } from "./mlp.ts";
export { MobileNetV3, type MobileNetV3Size } from "./mobilenet_v3.ts";
export { checkHeadMode, MultiHead } from "./multi_head.ts";
export { type Normalisation, normalised, NormalisedInput } from "./normalised_input.ts";
export {
  type AnyNetwork,
  checkLogits,
  checkNetwork,
  named,
  type Predictor,
  predictorOf,
} from "./predictor.ts";
export { PreactResNet } from "./preact_resnet.ts";
export { ResNet } from "./resnet.ts";
export { stochasticDepths, SwinV2, type SwinV2Size, swinV2Sizes } from "./swin_v2.ts";
export { VisionTransformer, type VisionTransformerSize } from "./vision_transformer.ts";
export { WideResNet } from "./wide_resnet.ts";
export {
  type HeadMode,
  type Heads,
  Network,
  type NetworkContext,
  type Outputs,
  type RunOptions,
} from "./network.ts";
