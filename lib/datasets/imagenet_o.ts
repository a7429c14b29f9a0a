import { INSPECT_TREE } from "./image_tree.ts";
import type { ImageTreeSource } from "./source.ts";

/**
 * ImageNet-O (Hendrycks et al. 2021, Natural Adversarial Examples): images of classes that ImageNet1k does not have.
 *
 * MD5: pytorch-ood 0.4.0. No SHA-256 and no length are published.
 */
export const IMAGENET_O: ImageTreeSource = {
  name: "imagenet_o",
  title: "ImageNet-O",
  licence: "MIT; the images as ImageNet's, for research",
  address: "https://github.com/hendrycks/natural-adv-examples",
  files: [{
    name: "imagenet-o.tar",
    urls: ["https://people.eecs.berkeley.edu/~hendrycks/imagenet-o.tar"],
    md5: "86bd7a50c1c4074fb18fc5f219d6d50b",
  }],
  unpacked: ["imagenet-o"],
  ...INSPECT_TREE,
  images: 2000,
};
