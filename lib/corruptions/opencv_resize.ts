import { roundHalfToEven } from "./half_to_even.ts";
import type { Picture } from "./image_corruption.ts";

// weights have 11 bits after the point; the sums along rows lose 4 bits before the columns are weighed
const WEIGHT_BITS = 11;
const ROW_BITS = 4;

/** Which two source elements make each element, and their weights. */
interface Axis {
  first: Int32Array;
  second: Int32Array;
  weights: Int32Array;
}

/**
 * Resizes an RGB picture of bytes by a factor: OpenCV's `resize(src, (0, 0), fx, fy)`, bilinear in fixed point.
 *
 * It samples and does not average: by 0.2 it takes every fifth pixel as it is.
 */
export function resizeLinear({ height, width, pixels }: Picture, factor: number): Picture {
  const down = axisOf(height, factor, { keepsWeights: true });
  const along = axisOf(width, factor, { keepsWeights: false });
  const rows = down.first.length;
  const columns = along.first.length;
  const out = new Uint8Array(rows * columns * 3);
  const weigh = (row: number, column: number, c: number) =>
    pixels[(row * width + along.first[column]!) * 3 + c]! * along.weights[2 * column]! +
    pixels[(row * width + along.second[column]!) * 3 + c]! * along.weights[2 * column + 1]!;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let c = 0; c < 3; c++) {
        const upper = (weigh(down.first[y]!, x, c) >> ROW_BITS) * down.weights[2 * y]!;
        const lower = (weigh(down.second[y]!, x, c) >> ROW_BITS) * down.weights[2 * y + 1]!;
        out[(y * columns + x) * 3 + c] = ((upper >> 16) + (lower >> 16) + 2) >> 2;
      }
    }
  }
  return { height: rows, width: columns, pixels: out };
}

/** Beyond the border, columns take the outermost pixel whole; rows weigh it with itself, and lose in rounding. */
function axisOf(
  length: number,
  factor: number,
  { keepsWeights }: { keepsWeights: boolean },
): Axis {
  const count = roundHalfToEven(length * factor);
  const scale = 1 / factor;
  const axis: Axis = {
    first: new Int32Array(count),
    second: new Int32Array(count),
    weights: new Int32Array(2 * count),
  };
  for (let i = 0; i < count; i++) {
    const at = Math.fround((i + 0.5) * scale - 0.5);
    const before = Math.floor(at);
    const inside = before >= 0 && before < length - 1;
    const share = inside || keepsWeights ? Math.fround(at - before) : 0;
    axis.first[i] = Math.min(Math.max(before, 0), length - 1);
    axis.second[i] = Math.min(Math.max(before + 1, 0), length - 1);
    axis.weights[2 * i] = Math.round(Math.fround(1 - share) * 2 ** WEIGHT_BITS);
    axis.weights[2 * i + 1] = Math.round(share * 2 ** WEIGHT_BITS);
  }
  return axis;
}
