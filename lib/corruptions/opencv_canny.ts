import type { Plane } from "./opencv_filters.ts";

// tan(22.5 degrees) in 15 bits after the point, OpenCV's TG22
const SHIFT = 15;
const TANGENT = 13573;

/**
 * Edges of a grey image of bytes, 255 or 0: OpenCV's `Canny(src, low, high)`, Sobel of 3 x 3 and |dx| + |dy|.
 *
 * Beyond the borders their pixels go on; the magnitude there is 0. A pixel above `low` that is a maximum across its edge is
 * kept when a chain of such pixels, each touching the next, leads from it to one above `high`.
 */
export function opencvCanny(
  { height, width, values }: Plane,
  { low, high }: { low: number; high: number },
): Uint8Array {
  const dx = new Int32Array(height * width);
  const dy = new Int32Array(height * width);
  // with a margin of one zero all around
  const wide = width + 2;
  const magnitude = new Int32Array((height + 2) * wide);
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - 1, 0) * width;
    const row = y * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      const upperLeft = values[above + left]!;
      const upperRight = values[above + right]!;
      const lowerLeft = values[below + left]!;
      const lowerRight = values[below + right]!;
      const falling = lowerRight - upperLeft;
      const rising = upperRight - lowerLeft;
      dx[row + x] = falling + rising + 2 * (values[row + right]! - values[row + left]!);
      dy[row + x] = falling - rising + 2 * (values[below + x]! - values[above + x]!);
      magnitude[(y + 1) * wide + x + 1] = Math.abs(dx[row + x]!) + Math.abs(dy[row + x]!);
    }
  }
  const candidate = new Uint8Array(magnitude.length);
  const open: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + 1) * wide + x + 1;
      const m = magnitude[at]!;
      if (m <= low || !isMaximum(magnitude, at, wide, dx[y * width + x]!, dy[y * width + x]!)) {
        continue;
      }
      candidate[at] = 1;
      if (m > high) open.push(at);
    }
  }
  const edge = new Uint8Array(magnitude.length);
  for (const at of open) edge[at] = 255;
  const neighbours = [-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const step of neighbours) {
      if (candidate[at + step] === 1 && edge[at + step] === 0) {
        edge[at + step] = 255;
        open.push(at + step);
      }
    }
  }
  const out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    out.set(edge.subarray((y + 1) * wide + 1, (y + 1) * wide + 1 + width), y * width);
  }
  return out;
}

/** Whether a magnitude is the largest of the three across the edge; of equal ones the left or upper does not beat it. */
function isMaximum(
  magnitude: Int32Array,
  at: number,
  wide: number,
  dx: number,
  dy: number,
): boolean {
  const m = magnitude[at]!;
  // below 2^31: |dx| and |dy| are at most 4 * 255
  const across = Math.abs(dx) * TANGENT;
  const down = Math.abs(dy) << SHIFT;
  if (down < across) return m > magnitude[at - 1]! && m >= magnitude[at + 1]!;
  if (down > across + (Math.abs(dx) << (SHIFT + 1))) {
    return m > magnitude[at - wide]! && m >= magnitude[at + wide]!;
  }
  const side = (dx ^ dy) < 0 ? -1 : 1;
  return m > magnitude[at - wide - side]! && m > magnitude[at + wide + side]!;
}
