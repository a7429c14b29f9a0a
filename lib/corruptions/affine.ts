/** The affine map (x, y) -> (a x + b y + c, d x + e y + f), x the column and y the row. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];
