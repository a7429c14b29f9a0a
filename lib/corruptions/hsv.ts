/**
 * Changes an RGB image of [0, 1] in hue, saturation and value (hexcone model, all in [0, 1]), in its own memory.
 *
 * The steps, and so the float64 noise on which bytes that are cut depend, are those of scikit-image's `rgb2hsv` and
 * `hsv2rgb`: of equally large channels the last sets the hue.
 *
 * @param change what becomes of saturation and value; results beyond [0, 1] are cut off
 */
export function changeHsv(
  values: Float64Array,
  { saturation = (s) => s, value = (v) => v }: {
    saturation?: (saturation: number) => number;
    value?: (value: number) => number;
  },
): Float64Array {
  for (let i = 0; i < values.length; i += 3) {
    const [r, g, b] = [values[i]!, values[i + 1]!, values[i + 2]!];
    const largest = Math.max(r, g, b);
    const range = largest - Math.min(r, g, b);
    let hue = 0;
    if (range > 0) {
      if (b === largest) hue = 4 + (r - g) / range;
      else if (g === largest) hue = 2 + (b - r) / range;
      else hue = (g - b) / range;
      hue /= 6;
      // the remainder has the sign of the divisor, as in NumPy
      if (hue < 0) hue += 1;
    }
    const s = clip(saturation(range > 0 ? range / largest : 0));
    const v = clip(value(largest));
    const sector = Math.floor(hue * 6);
    const f = hue * 6 - sector;
    const p = v * (1 - s);
    const q = v * (1 - f * s);
    const t = v * (1 - (1 - f) * s);
    const set = (red: number, green: number, blue: number) => {
      values[i] = red;
      values[i + 1] = green;
      values[i + 2] = blue;
    };
    switch (sector % 6) {
      case 0:
        set(v, t, p);
        break;
      case 1:
        set(q, v, p);
        break;
      case 2:
        set(p, v, t);
        break;
      case 3:
        set(p, q, v);
        break;
      case 4:
        set(t, p, v);
        break;
      default:
        set(v, p, q);
    }
  }
  return values;
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
