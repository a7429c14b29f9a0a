import { roundHalfToEven } from "./half_to_even.ts";

/** Where the samples of one axis lie: the two neighbours of each, and the weight of the second; NaN is a zero. */
interface Axis {
  before: Int32Array;
  after: Int32Array;
  share: Float64Array;
}

const axes = new Map<string, Axis>();

/**
 * Enlarges the middle of an image [side, side, channels] by a factor of at least 1, and cuts it to its own size.
 *
 * Its middle ceil(side / factor) rows and columns are stretched, bilinearly and corner on corner, to round(that x factor),
 * half to even; of these the middle `side` remain. Convention of `scipy.ndimage.zoom(order=1)`.
 */
export function clippedZoom(
  values: Float64Array | Float32Array,
  { side, channels, factor }: { side: number; channels: number; factor: number },
): Float64Array {
  const axis = axisOf(side, factor);
  const { before, after, share } = axis;
  const out = new Float64Array(values.length);
  const row = side * channels;
  for (let y = 0; y < side; y++) {
    const down = share[y]!;
    // beyond the last corner by float64 noise, SciPy sees a zero
    if (Number.isNaN(down)) continue;
    const up = 1 - down;
    const top = before[y]! * row;
    const bottom = after[y]! * row;
    for (let x = 0; x < side; x++) {
      const right = share[x]!;
      if (Number.isNaN(right)) continue;
      const left = 1 - right;
      const west = before[x]! * channels;
      const east = after[x]! * channels;
      const target = y * row + x * channels;
      for (let c = 0; c < channels; c++) {
        out[target + c] = values[top + west + c]! * up * left +
          values[top + east + c]! * up * right +
          values[bottom + west + c]! * down * left +
          values[bottom + east + c]! * down * right;
      }
    }
  }
  return out;
}

function axisOf(side: number, factor: number): Axis {
  const key = `${side} ${factor}`;
  const known = axes.get(key);
  if (known !== undefined) return known;
  const cropped = Math.ceil(side / factor);
  const start = Math.floor((side - cropped) / 2);
  const stretched = roundHalfToEven(cropped * factor);
  const trim = Math.floor((stretched - side) / 2);
  const scale = stretched > 1 ? (cropped - 1) / (stretched - 1) : 1;
  const axis: Axis = {
    before: new Int32Array(side),
    after: new Int32Array(side),
    share: new Float64Array(side),
  };
  for (let i = 0; i < side; i++) {
    const at = (trim + i) * scale;
    const before = Math.floor(at);
    axis.before[i] = start + Math.min(before, cropped - 1);
    axis.after[i] = start + Math.min(before + 1, cropped - 1);
    axis.share[i] = at > cropped - 1 ? NaN : at - before;
  }
  axes.set(key, axis);
  return axis;
}
