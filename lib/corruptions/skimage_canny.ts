import { gaussianFilter } from "./gaussian_filter.ts";

// scikit-image's defaults for values in [0, 1]
const SIGMA = 1;
const LOW = 0.1;
const HIGH = 0.2;

/**
 * The edges of an image [height, width] of values in [0, 1], as 1 and 0: Canny's detector as scikit-image has it.
 *
 * Smoothed with sigma 1 (zeros outside, divided by what the zeros took away); gradients by Sobel; of these the ridges, by
 * interpolation between the neighbours in the gradient's direction; kept where connected ridges above 0.1 reach 0.2. The
 * outermost pixels are never edges.
 */
export function canny(
  values: Float64Array,
  [height, width]: readonly [height: number, width: number],
): Uint8Array {
  const smooth = smoothed(values, [height, width]);
  const down = sobel(smooth, [height, width], "down");
  const along = sobel(smooth, [height, width], "along");
  const magnitude = down.map((value, i) => Math.sqrt(value * value + along[i]! * along[i]!));
  const ridges = new Uint8Array(values.length);
  for (let row = 1; row < height - 1; row++) {
    for (let i = row * width + 1; i < (row + 1) * width - 1; i++) {
      if (magnitude[i]! >= LOW && isRidge({ magnitude, width }, i, down[i]!, along[i]!)) {
        ridges[i] = 1;
      }
    }
  }
  return reaching(ridges, width, (i) => magnitude[i]! >= HIGH);
}

/** Blurred with zeros outside, and divided by the blurred ones, so that borders do not darken. */
function smoothed(
  values: Float64Array,
  [height, width]: readonly [height: number, width: number],
): Float64Array {
  const blur = (image: Float64Array) =>
    gaussianFilter(image, [height, width, 1], { sigma: SIGMA, border: "constant" });
  const share = blurredOnes(height, width, blur);
  return blur(values).map((value, i) => value / (share[i]! + Number.EPSILON));
}

const onesBySize = new Map<string, Float64Array>();

function blurredOnes(
  height: number,
  width: number,
  blur: (image: Float64Array) => Float64Array,
): Float64Array {
  const key = `${height}x${width}`;
  const known = onesBySize.get(key) ?? blur(new Float64Array(height * width).fill(1));
  onesBySize.set(key, known);
  return known;
}

/** SciPy's `sobel`: [-1, 0, 1] in one direction, [1, 2, 1] in the other, the border's pixels twice beyond it. */
function sobel(
  values: Float64Array,
  [height, width]: readonly [height: number, width: number],
  direction: "down" | "along",
): Float64Array {
  const [lengthOf, stepOf] = direction === "down" ? [height, width] : [width, 1];
  const difference = new Float64Array(values.length);
  const out = new Float64Array(values.length);
  const place = direction === "down"
    ? (i: number) => Math.floor(i / width)
    : (i: number) => i % width;
  for (let i = 0; i < values.length; i++) {
    const at = place(i);
    difference[i] = values[at === lengthOf - 1 ? i : i + stepOf]! -
      values[at === 0 ? i : i - stepOf]!;
  }
  const [acrossLength, acrossStep] = direction === "down" ? [width, 1] : [height, width];
  for (let i = 0; i < values.length; i++) {
    const at = direction === "down" ? i % width : Math.floor(i / width);
    const before = difference[at === 0 ? i : i - acrossStep]!;
    const after = difference[at === acrossLength - 1 ? i : i + acrossStep]!;
    out[i] = difference[i]! * 2 + (before + after);
  }
  return out;
}

/** Whether the magnitude at i is not below those before and behind it in the gradient's direction. */
function isRidge(
  { magnitude, width }: { magnitude: Float64Array; width: number },
  i: number,
  down: number,
  along: number,
): boolean {
  const isSteep = Math.abs(down) >= Math.abs(along);
  // the two neighbours between which the gradient points: a straight one and a diagonal one
  const row = down < 0 ? -width : width;
  const column = along < 0 ? -1 : 1;
  const straight = isSteep ? row : column;
  const diagonal = row + column;
  const weight = isSteep ? Math.abs(along) / Math.abs(down) : Math.abs(down) / Math.abs(along);
  const ahead = magnitude[i + diagonal]! * weight + magnitude[i + straight]! * (1 - weight);
  const behind = magnitude[i - diagonal]! * weight + magnitude[i - straight]! * (1 - weight);
  return ahead <= magnitude[i]! && behind <= magnitude[i]!;
}

/** The marked pixels that are connected, also by corners, with a marked pixel that `isStrong`. */
function reaching(
  marked: Uint8Array,
  width: number,
  isStrong: (i: number) => boolean,
): Uint8Array {
  const kept = new Uint8Array(marked.length);
  const open: number[] = [];
  for (let i = 0; i < marked.length; i++) {
    if (marked[i] === 0 || !isStrong(i)) continue;
    kept[i] = 1;
    open.push(i);
  }
  const neighbours = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    // marked pixels are never at the border, so that no neighbour is beyond it
    for (const step of neighbours) {
      const next = i + step;
      if (marked[next] === 0 || kept[next] === 1) continue;
      kept[next] = 1;
      open.push(next);
    }
  }
  return kept;
}
