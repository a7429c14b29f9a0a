import { toGrey } from "./decode_image.ts";
import { imageFiles } from "./image_files.ts";
import { resizeImage } from "./resize_image.ts";
import type { ImageTreeSource } from "./source.ts";
import { INSPECT_TREE, openImages } from "./image_tree.ts";
import type { ImageSet, PlaceOptions } from "./types.ts";

/**
 * Omniglot's evaluation set (Lake, Salakhutdinov & Tenenbaum 2015): handwritten characters of 20 alphabets.
 *
 * Length and hashes: tensorflow-datasets 4.9.10 and torchvision 0.20.1.
 */
export const OMNIGLOT: ImageTreeSource = {
  name: "omniglot",
  title: "Omniglot",
  licence: "MIT",
  address: "https://github.com/brendenlake/omniglot",
  files: [{
    name: "images_evaluation.zip",
    urls: [
      "https://raw.githubusercontent.com/brendenlake/omniglot/master/python/images_evaluation.zip",
      "https://github.com/brendenlake/omniglot/raw/master/python/images_evaluation.zip",
    ],
    bytes: 6_462_886,
    sha256: "1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee",
    md5: "6b91aef0f799c5bb55b94e3f2daec811",
  }],
  // as the archive unpacks; as torchvision leaves it; in a clone of the repository
  unpacked: [
    "images_evaluation",
    "omniglot-py/images_evaluation",
    "omniglot/python/images_evaluation",
  ],
  ...INSPECT_TREE,
  images: 13_180,
  // computed with Pillow from the official images (tests/oracles/omniglot_pixels.py)
  pixels: "1bfa08310d9d3654ac9dc1064f4822bc5bf9320a3278a9a6d0f50c1224ee59d3",
  notTaken: {
    "images_background.zip": "it is the background set; wanted is images_evaluation.zip",
  },
};

/** What the paper leaves open of Omniglot. */
export interface OmniglotOptions {
  /** White on black, as MNIST is and as Outlier Exposure makes it, or black on white as published. Default: inverted. */
  polarity?: "inverted" | "original";
}

/**
 * Loads Omniglot as images of 28 x 28 pixels: 105 x 105 pixels of one bit, as grey (0, 255), resized with Pillow's bilinear
 * filter as torchvision's `Resize(28)` does, then inverted. In the order of the paths; without labels.
 */
export async function loadOmniglot(
  { polarity = "inverted", ...places }: OmniglotOptions & PlaceOptions = {},
  source: ImageTreeSource = OMNIGLOT,
): Promise<ImageSet> {
  return imageFiles({
    name: source.name,
    ...await openImages(source, places),
    shape: [28, 28, 1],
    convert: (image) => {
      const small = resizeImage(toGrey(image), { width: 28, height: 28 });
      if (polarity === "original") return small;
      return { ...small, data: small.data.map((value) => 255 - value) };
    },
  });
}
