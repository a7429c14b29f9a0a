/** Rows, and columns, of the images whose severities are known: CIFAR's, TinyImageNet's, ImageNet's. */
export type ImageSide = 32 | 64 | 224;

/** A corruption's parameters for each side of an image, five from the weakest to the strongest. */
export type BySide<Parameters> = Record<
  ImageSide,
  readonly [Parameters, Parameters, Parameters, Parameters, Parameters]
>;

// Everything here: Hendrycks & Dietterich 2019, the scripts that made CIFAR-10-C (32), Tiny-ImageNet-C (64) and
// ImageNet-C (224). Lengths are in pixels, brightness in [0, 1].

/** Standard deviation of the noise. */
export const GAUSSIAN_NOISE: BySide<number> = {
  32: [0.04, 0.06, 0.08, 0.09, 0.1],
  64: [0.04, 0.08, 0.12, 0.15, 0.18],
  224: [0.08, 0.12, 0.18, 0.26, 0.38],
};

/** Photons of a white pixel. */
export const SHOT_NOISE: BySide<number> = {
  32: [500, 250, 100, 75, 50],
  64: [250, 100, 50, 30, 15],
  224: [60, 25, 12, 5, 3],
};

/** Share of the values that become black or white. */
export const IMPULSE_NOISE: BySide<number> = {
  32: [0.01, 0.02, 0.03, 0.05, 0.07],
  64: [0.01, 0.02, 0.05, 0.08, 0.14],
  224: [0.03, 0.06, 0.09, 0.17, 0.27],
};

/** Standard deviation of the factor by which a value grows. */
export const SPECKLE_NOISE: BySide<number> = {
  32: [0.06, 0.1, 0.12, 0.16, 0.2],
  64: [0.15, 0.2, 0.25, 0.3, 0.35],
  224: [0.15, 0.2, 0.35, 0.45, 0.6],
};

/** Standard deviation of the blur. */
export const GAUSSIAN_BLUR: BySide<number> = {
  32: [0.4, 0.6, 0.7, 0.8, 1],
  64: [0.5, 0.75, 1, 1.25, 1.5],
  224: [1, 2, 3, 4, 6],
};

export const GLASS_BLUR: BySide<readonly [sigma: number, reach: number, rounds: number]> = {
  32: [[0.05, 1, 1], [0.25, 1, 1], [0.4, 1, 1], [0.25, 1, 2], [0.4, 1, 2]],
  64: [[0.1, 1, 1], [0.5, 1, 1], [0.6, 1, 2], [0.7, 2, 1], [0.9, 2, 2]],
  224: [[0.7, 1, 2], [0.9, 2, 1], [1, 2, 3], [1.1, 3, 2], [1.5, 4, 2]],
};

export const DEFOCUS_BLUR: BySide<readonly [radius: number, softness: number]> = {
  32: [[0.3, 0.4], [0.4, 0.5], [0.5, 0.6], [1, 0.2], [1.5, 0.1]],
  64: [[0.5, 0.6], [1, 0.1], [1.5, 0.1], [2.5, 0.01], [3, 0.1]],
  224: [[3, 0.1], [4, 0.5], [6, 0.5], [8, 0.5], [10, 0.5]],
};

export const MOTION_BLUR: BySide<readonly [radius: number, sigma: number]> = {
  32: [[6, 1], [6, 1.5], [6, 2], [8, 2], [9, 2.5]],
  64: [[10, 1], [10, 1.5], [10, 2], [10, 2.5], [12, 3]],
  224: [[10, 3], [15, 5], [15, 8], [15, 12], [20, 15]],
};

// how many factors np.arange(1, end, step) has depends on float64 noise at its end, so that they are counted here
const SMALL_ZOOMS: BySide<readonly [step: number, count: number]>[32] = [
  [0.01, 7],
  [0.01, 12],
  [0.01, 16],
  [0.01, 21],
  [0.01, 26],
];

/** The factors 1, 1 + step, ... by which the image is enlarged. */
export const ZOOM_BLUR: BySide<readonly [step: number, count: number]> = {
  32: SMALL_ZOOMS,
  64: SMALL_ZOOMS,
  224: [[0.01, 12], [0.01, 16], [0.02, 11], [0.02, 13], [0.03, 11]],
};

export const FOG: BySide<readonly [thickness: number, decay: number]> = {
  32: [[0.2, 3], [0.5, 3], [0.75, 2.5], [1, 2], [1.5, 1.75]],
  64: [[0.4, 3], [0.7, 3], [1, 2.5], [1.5, 2], [2, 1.75]],
  224: [[1.5, 2], [2, 2], [2.5, 1.7], [2.5, 1.5], [3, 1.4]],
};

/** Weights of image and texture. */
export const FROST: BySide<readonly [image: number, ice: number]> = {
  32: [[1, 0.2], [1, 0.3], [0.9, 0.4], [0.85, 0.4], [0.75, 0.45]],
  64: [[1, 0.3], [0.9, 0.4], [0.8, 0.45], [0.75, 0.5], [0.7, 0.55]],
  224: [[1, 0.4], [0.8, 0.6], [0.7, 0.7], [0.65, 0.7], [0.6, 0.75]],
};

export type SnowParameters = readonly [
  mean: number,
  deviation: number,
  zoom: number,
  threshold: number,
  radius: number,
  sigma: number,
  image: number,
];

export const SNOW: BySide<SnowParameters> = {
  32: [
    [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
    [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
    [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
    [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
    [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
  ],
  64: [
    [0.1, 0.2, 1, 0.6, 8, 3, 0.8],
    [0.1, 0.2, 1, 0.5, 10, 4, 0.8],
    [0.15, 0.3, 1.75, 0.55, 10, 4, 0.7],
    [0.25, 0.3, 2.25, 0.6, 12, 6, 0.65],
    [0.3, 0.3, 1.25, 0.65, 14, 12, 0.6],
  ],
  224: [
    [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
    [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
    [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
    [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
    [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
  ],
};

/** `strength` is the water's largest share, or the blur of the mud. */
export type SpatterParameters = readonly [
  mean: number,
  deviation: number,
  blur: number,
  threshold: number,
  strength: number,
  liquid: "water" | "mud",
];

export const SPATTER: BySide<SpatterParameters> = {
  32: [
    [0.62, 0.1, 0.7, 0.7, 0.5, "water"],
    [0.65, 0.1, 0.8, 0.7, 0.5, "water"],
    [0.65, 0.3, 1, 0.69, 0.5, "water"],
    [0.65, 0.1, 0.7, 0.69, 0.6, "mud"],
    [0.65, 0.1, 0.5, 0.68, 0.6, "mud"],
  ],
  64: [
    [0.62, 0.1, 0.7, 0.7, 0.6, "water"],
    [0.65, 0.1, 0.8, 0.7, 0.6, "water"],
    [0.65, 0.3, 1, 0.69, 0.6, "water"],
    [0.65, 0.1, 0.7, 0.68, 0.6, "mud"],
    [0.65, 0.1, 0.5, 0.67, 0.6, "mud"],
  ],
  224: [
    [0.65, 0.3, 4, 0.69, 0.6, "water"],
    [0.65, 0.3, 3, 0.68, 0.6, "water"],
    [0.65, 0.3, 2, 0.68, 0.5, "water"],
    [0.65, 0.3, 1, 0.65, 1.5, "mud"],
    [0.67, 0.4, 1, 0.65, 1.5, "mud"],
  ],
};

/** Factor of the distance from the mean. */
export const CONTRAST: BySide<number> = {
  32: [0.75, 0.5, 0.4, 0.3, 0.15],
  64: [0.4, 0.3, 0.2, 0.1, 0.05],
  224: [0.4, 0.3, 0.2, 0.1, 0.05],
};

/** Added to the value of HSV. */
export const BRIGHTNESS: BySide<number> = {
  32: [0.05, 0.1, 0.15, 0.2, 0.3],
  64: [0.1, 0.2, 0.3, 0.4, 0.5],
  224: [0.1, 0.2, 0.3, 0.4, 0.5],
};

export const SATURATE: BySide<readonly [factor: number, added: number]> = {
  32: [[0.3, 0], [0.1, 0], [1.5, 0], [2, 0.1], [2.5, 0.2]],
  64: [[0.3, 0], [0.1, 0], [2, 0], [5, 0.1], [30, 0.2]],
  224: [[0.3, 0], [0.1, 0], [2, 0], [5, 0.1], [20, 0.2]],
};

/** Quality of the Independent JPEG Group's scale. */
export const JPEG_COMPRESSION: BySide<number> = {
  32: [80, 65, 58, 50, 40],
  64: [65, 58, 50, 40, 25],
  224: [25, 18, 15, 10, 7],
};

/** Side of the image in between: 0.95, 0.9 ... of its side, cut to a whole number. */
export const PIXELATE: BySide<number> = {
  32: [30, 28, 27, 24, 20],
  64: [57, 51, 44, 38, 32],
  224: [134, 112, 89, 67, 56],
};

// The scripts give shares of the side; that of ImageNet-C multiplies them by 244, a slip for 224 that its images keep.
export const ELASTIC_TRANSFORM: BySide<readonly [alpha: number, sigma: number, jitter: number]> = {
  32: [
    [0, 0, 32 * 0.08],
    [32 * 0.05, 32 * 0.2, 32 * 0.07],
    [32 * 0.08, 32 * 0.06, 32 * 0.06],
    [32 * 0.1, 32 * 0.04, 32 * 0.05],
    [32 * 0.1, 32 * 0.03, 32 * 0.03],
  ],
  64: [
    [0, 0, 64 * 0.08],
    [64 * 0.05, 64 * 0.3, 64 * 0.06],
    [64 * 0.1, 64 * 0.08, 64 * 0.06],
    [64 * 0.1, 64 * 0.03, 64 * 0.03],
    [64 * 0.16, 64 * 0.03, 64 * 0.02],
  ],
  224: [
    [244 * 2, 244 * 0.7, 244 * 0.1],
    [244 * 2, 244 * 0.08, 244 * 0.2],
    [244 * 0.05, 244 * 0.01, 244 * 0.02],
    [244 * 0.07, 244 * 0.01, 244 * 0.02],
    [244 * 0.12, 244 * 0.01, 244 * 0.02],
  ],
};
