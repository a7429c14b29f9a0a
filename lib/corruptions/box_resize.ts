// Pillow's resampling of bytes: weights with 22 bits after the point (32 - 8 - 2)
const PRECISION_BITS = 22;

/** Which source pixels make a pixel, from `first[i]` on, and their weights of PRECISION_BITS. */
interface Boxes {
  first: Int32Array;
  weights: Int32Array[];
}

const boxes = new Map<string, Boxes>();

/**
 * Resizes a square image of bytes [from, from, channels] to [to, to, channels]: Pillow's BOX filter.
 *
 * Every pixel is the mean of the source pixels whose centres lie under it, and the nearest one where it is enlarged. Fixed
 * point; rows first, then columns, with bytes in between.
 */
export function boxResize(
  image: Uint8Array,
  { from, to, channels }: { from: number; to: number; channels: number },
): Uint8Array {
  const box = boxesOf(from, to);
  const narrow = new Uint8Array(from * to * channels);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) {
      const weights = box.weights[x]!;
      const source = (y * from + box.first[x]!) * channels;
      for (let c = 0; c < channels; c++) {
        narrow[(y * to + x) * channels + c] = weigh(image, source + c, channels, weights);
      }
    }
  }
  const out = new Uint8Array(to * to * channels);
  const row = to * channels;
  for (let y = 0; y < to; y++) {
    const weights = box.weights[y]!;
    const source = box.first[y]! * row;
    for (let i = 0; i < row; i++) out[y * row + i] = weigh(narrow, source + i, row, weights);
  }
  return out;
}

function weigh(values: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION_BITS - 1);
  for (let k = 0; k < weights.length; k++) sum += values[start + k * stride]! * weights[k]!;
  return sum >> PRECISION_BITS;
}

function boxesOf(from: number, to: number): Boxes {
  const key = `${from} ${to}`;
  const known = boxes.get(key);
  if (known !== undefined) return known;
  const scale = from / to;
  const width = Math.max(scale, 1);
  const made: Boxes = { first: new Int32Array(to), weights: [] };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - width / 2 + 0.5), 0);
    const end = Math.min(Math.trunc(centre + width / 2 + 0.5), from);
    const inside = Array.from({ length: end - first }, (_, k) => {
      const distance = (k + first - centre + 0.5) * (1 / width);
      return distance > -0.5 && distance <= 0.5 ? 1 : 0;
    });
    const count = inside.reduce<number>((sum, one) => sum + one, 0);
    made.first[i] = first;
    made.weights.push(
      Int32Array.from(inside, (one) => Math.trunc(0.5 + one / count * 2 ** PRECISION_BITS)),
    );
  }
  boxes.set(key, made);
  return made;
}
