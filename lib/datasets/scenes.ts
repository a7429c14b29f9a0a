import type { ScenePlace } from "./read_request.ts";
import type { Origin } from "./types.ts";

/** An image and the class of each of its pixels. */
export interface Scene {
  readonly height: number;
  readonly width: number;
  /** Bytes [H, W, 3]: red, green, blue. */
  readonly pixels: Uint8Array;
  /** The class of each pixel [H, W], or `ignoreLabel`. */
  readonly labels: Uint8Array;
}

/**
 * The label of pixels that count nowhere: those without a class of the set, and padding. The same in every set, whatever its
 * files have.
 */
export const ignoreLabel = 255;

/** The colour in which pictures show what has no label: red, green, blue; no class of any set is drawn in it. */
export const unlabelledColour: readonly [number, number, number] = [255, 255, 255];

/** Images with label maps, of any sizes. */
export interface SceneSet {
  readonly name: string;
  readonly count: number;
  readonly classes: number;
  readonly origin?: Origin;
  /**
   * A scene at its own size.
   *
   * @throws {RangeError} for an index out of range
   * @throws {DamagedDataError} when a file is no image, a mask of another size, or a label out of range
   */
  read(index: number): Promise<Scene>;
  /** Where each scene lies, where other threads can read it as well. */
  readonly places?: readonly ScenePlace[];
}

/** Training and test scenes of the same classes. */
export interface SceneDataset {
  /** Its name in the table of facts, e.g. "camvid". */
  readonly name: string;
  readonly classes: number;
  readonly classNames: readonly string[];
  /** The colour in which its authors draw each class: red, green, blue. */
  readonly colours: readonly (readonly [number, number, number])[];
  readonly train: SceneSet;
  readonly test: SceneSet;
}

/** How often each class occurs in a set. */
export interface PixelCounts {
  /** Pixels of each class. */
  pixels: number[];
  /** Pixels that count nowhere. */
  ignored: number;
  /** Images in which each class occurs. */
  images: number[];
  /** Pixels of all images, the ignored ones included, by the number of images: what an image has on average. */
  pixelsPerImage: number;
}

/** Counts the pixels of each class in label maps: what logit adjustment and HEM+ take for numbers of samples. */
export function countLabels(maps: readonly Uint8Array[], classes: number): PixelCounts {
  const pixels = new Array<number>(classes).fill(0), images = new Array<number>(classes).fill(0);
  let all = 0;
  for (const labels of maps) {
    const counts = new Array<number>(256).fill(0);
    for (const label of labels) counts[label]!++;
    for (let c = 0; c < classes; c++) {
      pixels[c]! += counts[c]!;
      if (counts[c]! > 0) images[c]!++;
    }
    all += labels.length;
  }
  const valid = pixels.reduce((sum, count) => sum + count, 0);
  return { pixels, images, ignored: all - valid, pixelsPerImage: all / maps.length };
}
