/** Labelled images; pixels are bytes, NHWC; the pixel value in [0, 1] is byte / 255 (paper, section 5.1). */
export interface ImageSet {
  readonly name: string;
  readonly count: number;
  readonly shape: ImageShape;
  /** The class of each image, -1 where an image belongs to no class. */
  readonly labels: Int32Array;
  /** Where they came from; absent for images that were made. */
  readonly origin?: Origin;
  /** The bytes of the images with these indices, NHWC. Throws RangeError for an index out of range. */
  read(indices: ArrayLike<number>): Uint8Array | Promise<Uint8Array>;
}

/** As ImageSet, for images that are continuous: pixel values in [0, 1]. */
export interface FloatImageSet extends Omit<ImageSet, "read"> {
  /** The pixels of the images with these indices, NHWC. Throws RangeError for an index out of range. */
  read(indices: ArrayLike<number>): Float32Array | Promise<Float32Array>;
}

/** Where the images of a set came from: what records and captions say of them. */
export interface Origin {
  readonly form: "official file" | "unpacked copy" | "installed package" | "stand-in";
  /** What was compared with the official set before an image was used, e.g. "SHA-256 of each file". */
  readonly checked: string;
  /** How many images the official set has; there may be fewer here, its first. */
  readonly official: number;
}

/** Height, width and number of channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** A half of a data set. */
export type Split = "train" | "test";

/** Training and test images of the same classes and shape. */
export interface Dataset {
  /** Its name in the table of data sets, e.g. "fashion_mnist". */
  readonly name: string;
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly imageShape: ImageShape;
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** Where to look for files. */
export interface PlaceOptions {
  /** A folder of the user's own, in which alone the files are looked for. */
  folder?: string;
  /** The project's data folder, in whose raw/<name> the files are looked for; default: data/ of this project. */
  data?: string;
}

/** Where to look for files, and how much is asked of them. */
export interface LoadOptions extends PlaceOptions {
  /**
   * How many of the test images are asked for; default: all. A file of them that is cut short does where it holds so many and
   * the hash of what it holds is known.
   */
  testCount?: number;
}
