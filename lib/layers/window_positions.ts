/** Where tokens are in a window, relative to each other and to the map. */

/**
 * Relative positions on a logarithmic scale, [(2 size - 1)^2, 2], row-major: each of row and column, -(size - 1) to size - 1,
 * is t = 8 position / (size - 1), then sign(t) log2(|t| + 1) / 3 (Swin V2, equation 4; torchvision's numbers).
 */
export function relativePositionTable(size: number): Float32Array {
  const coordinate = (index: number) => {
    const t = 8 * (index - (size - 1)) / (size - 1);
    return Math.sign(t) * Math.log2(Math.abs(t) + 1) / 3;
  };
  const side = 2 * size - 1;
  return Float32Array.from(
    { length: 2 * side ** 2 },
    (_, i) => coordinate(i % 2 === 0 ? Math.floor(i / 2 / side) : (i >> 1) % side),
  );
}

/** For tokens i, j of a window, row-major, the row of the table that their relative position i - j has; [size^4]. */
export function relativePositionIndex(size: number): Int32Array {
  const [tokens, side] = [size ** 2, 2 * size - 1];
  return Int32Array.from({ length: tokens ** 2 }, (_, k) => {
    const [i, j] = [Math.floor(k / tokens), k % tokens];
    const rows = Math.floor(i / size) - Math.floor(j / size);
    return (rows + size - 1) * side + (i % size) - (j % size) + size - 1;
  });
}

/**
 * Which tokens of a padded and rolled map belong together, in the order of its windows: those that the roll brought in from
 * the other side are regions of their own.
 */
export function windowRegions(
  height: number,
  width: number,
  { size, shift: [rows, columns] }: { size: number; shift: readonly [number, number] },
): { regions: Int32Array; windows: number } {
  const [down, across] = [Math.ceil(height / size), Math.ceil(width / size)];
  // 0 to the last window, 1 in its part that stays, 2 in the part that came from the other side.
  const part = (at: number, side: number, shift: number) =>
    shift === 0 || at < side - size ? 0 : at < side - shift ? 1 : 2;
  const regions = new Int32Array(down * across * size ** 2);
  regions.forEach((_, k) => {
    const [window, token] = [Math.floor(k / size ** 2), k % size ** 2];
    const row = Math.floor(window / across) * size + Math.floor(token / size);
    const column = (window % across) * size + token % size;
    regions[k] = 3 * part(row, down * size, rows) + part(column, across * size, columns);
  });
  return { regions, windows: down * across };
}
