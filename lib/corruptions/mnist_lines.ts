import { toUnit } from "./bytes.ts";
import { checkNumbers } from "./fields.ts";
import { mnistCorruption, PIXELS, SIDE } from "./mnist_corruption.ts";

// how far a line's darkness reaches, in rows: it falls by a logarithm and is 0 from 2.3 (1 - 1/e) on
const REACH = 2.3;

/** A point of the image: column and row, which may be fractions. */
export type Point = readonly [column: number, row: number];

/**
 * A line from one point to another as values [28, 28] in [0, 1]: clip(log(1 - d / 2.3) + 1), d the VERTICAL distance.
 *
 * Columns from floor(column of `from`) up to, and without, ceil(column of `to`) are drawn; a vertical line is nothing.
 */
export function line([c0, r0]: Point, [c1, r1]: Point): Float64Array {
  const out = new Float64Array(PIXELS);
  if (c0 === c1) return out;
  const slope = (r1 - r0) / (c1 - c0);
  const end = Math.min(Math.ceil(c1), SIDE);
  for (let column = Math.max(Math.floor(c0), 0); column < end; column++) {
    const middle = slope * (column - c0) + r0;
    for (let row = 0; row < SIDE; row++) {
      // 1e-10 keeps the logarithm finite
      const distance = Math.min(Math.abs(row - middle), REACH - 1e-10);
      out[row * SIDE + column] = Math.max(Math.log(1 - distance / REACH) + 1, 0);
    }
  }
  return out;
}

// rows at which lines begin and end are drawn below this: the last row is left out
const ROWS_DRAWN = 27;

/** Where a dotted line begins, at the left border, and ends, at the right one. */
export interface DottedLineField {
  startRow: number;
  endRow: number;
}

/** A line across the image of two columns drawn after two columns left out. */
export const dottedLine = mnistCorruption({
  name: "dotted_line",
  title: "Dotted line",
  severities: [undefined],
  severity: 1,
  field: (random): DottedLineField => ({
    startRow: random.integer(ROWS_DRAWN),
    endRow: random.integer(ROWS_DRAWN),
  }),
  corrupt(image, { startRow, endRow }) {
    checkNumbers("dotted_line", startRow, endRow);
    const drawn = line([0, startRow], [SIDE - 1, endRow]);
    // columns 0, 1, 4, 5, ... are left out
    return toUnit(image).map((x, i) => (i % SIDE) % 4 < 2 ? x : x + drawn[i]!);
  },
});

/** The row at which a zigzag begins, and by how many rows its end is lower. */
export interface ZigzagField {
  startRow: number;
  drift: number;
}

/** A zigzag across the image, of twelve strokes at most; overlapping strokes add up to white. */
export const zigzag = mnistCorruption({
  name: "zigzag",
  title: "Zigzag",
  severities: [undefined],
  severity: 1,
  // drift: -5 .. 4, the upper end is not drawn
  field: (random): ZigzagField => ({
    startRow: random.integer(ROWS_DRAWN),
    drift: random.integer(10) - 5,
  }),
  corrupt(image, field) {
    checkNumbers("zigzag", field.startRow, field.drift);
    const points = zigzagPoints(field);
    const values = toUnit(image);
    for (let i = 1; i < points.length; i++) {
      const stroke = line(points[i - 1]!, points[i]!);
      for (let p = 0; p < PIXELS; p++) values[p] = Math.min(values[p]! + stroke[p]!, 1);
    }
    return values;
  },
});

// a zigzag goes from column 2 to column 25; its corners lie 2 to either side of the straight line, 4 apart along it
const FIRST_COLUMN = 2;
const LAST_COLUMN = 25;
const SWING = 2;

/** The corners of a zigzag, its ends included. */
export function zigzagPoints({ startRow, drift }: ZigzagField): Point[] {
  const across = LAST_COLUMN - FIRST_COLUMN;
  const angle = Math.atan(drift / across);
  const length = across / Math.cos(angle);
  // along the straight line, and to its side
  const corners: [along: number, aside: number][] = [[0, 0]];
  for (let i = 0; i <= Math.floor((length - SWING) / (2 * SWING)); i++) {
    corners.push([(2 * i + 1) * SWING, i % 2 === 0 ? SWING : -SWING]);
  }
  const lastCrossing = 2 * SWING * Math.floor(length / (2 * SWING));
  if (length !== lastCrossing) {
    corners.push([length, corners.at(-1)![1] / (2 * (length - lastCrossing))]);
  }
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return corners.map(([along, aside]) => [
    along * cos - aside * sin + FIRST_COLUMN,
    along * sin + aside * cos + startRow,
  ]);
}
