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
  for (let x = 0; x < to; x++) {
    const weights = box.weights[x]!;
    for (let y = 0; y < from; y++) {
      const source = (y * from + box.first[x]!) * channels;
      const target = (y * to + x) * channels;
      weigh(image, narrow, weights, { source, target, count: channels, stride: channels });
    }
  }
  const out = new Uint8Array(to * to * channels);
  const row = to * channels;
  for (let y = 0; y < to; y++) {
    const source = box.first[y]! * row;
    weigh(narrow, out, box.weights[y]!, { source, target: y * row, count: row, stride: row });
  }
  return out;
}

/** Weighs `count` values that follow each other, each with those that stand `stride` after it. */
function weigh(
  from: Uint8Array,
  to: Uint8Array,
  weights: Int32Array,
  { source, target, count, stride }: {
    source: number;
    target: number;
    count: number;
    stride: number;
  },
): void {
  for (let i = 0; i < count; i++) {
    let sum = 1 << (PRECISION_BITS - 1);
    for (let k = 0, at = source + i; k < weights.length; k++, at += stride) {
      sum += from[at]! * weights[k]!;
    }
    to[target + i] = sum >> PRECISION_BITS;
  }
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
