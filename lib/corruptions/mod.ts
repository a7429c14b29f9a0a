// Common corruptions: images as bytes made worse, as the authors of MNIST-C, CIFAR-C and ImageNet-C did it.
// In: an image and the random field that its corruption takes (noise, angle, signs ...). Out: an image of bytes.
// Every corruption is a pure function; the fields are drawn apart, from a seeded stream.
export { type Border, gaussianFilter, gaussianKernel, type PlaneShape } from "./gaussian_filter.ts";
export type { MnistCorruption, MnistOptions, Rounding } from "./mnist_corruption.ts";
export { type MnistCorruptionName, mnistCorruptions } from "./mnist_table.ts";
export { motionBlur } from "./motion_blur.ts";
export { plasmaMap } from "./plasma.ts";
export { jpegRoundTrip } from "./jpeg.ts";
export { normalNoise } from "./normal_noise.ts";
export type { FieldOptions, ImageCorruption, Picture } from "./image_corruption.ts";
export type { ImageSide } from "./image_severities.ts";
export {
  type ImageCorruptionList,
  imageCorruptionLists,
  type ImageCorruptionName,
  imageCorruptions,
} from "./image_table.ts";
export { resizeLinear } from "./opencv_resize.ts";
