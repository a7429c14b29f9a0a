import { toUnit } from "./bytes.ts";
import { checkField } from "./fields.ts";
import { gaussianFilter } from "./gaussian_filter.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";

/** With whom each visited pixel changes places. Visits are in the order of time: iterations, rows upwards, columns leftwards. */
export interface GlassField {
  /** 1 where the pixel of the visit changes places. */
  swap: Uint8Array;
  /** Columns and rows to the pixel that it changes places with; 0 where it stays. */
  dx: Int8Array;
  dy: Int8Array;
}

/**
 * Frosted glass: blur, exchange neighbouring pixels at random, blur again.
 *
 * Three traps of the original, all kept. The blur goes down the columns only: "multichannel" made scikit-image 0.15 take
 * the columns for channels. The first blur is cut, not rounded, to bytes. On grey images the exchange is a real one (on
 * colour images it is not), and happens with probability 1/2.
 */
export const glassBlur = mnistCorruption({
  name: "glass_blur",
  title: "Glass blur",
  severities: [
    { sigma: 0.7, delta: 1, iterations: 2 },
    { sigma: 0.9, delta: 2, iterations: 1 },
    { sigma: 1, delta: 2, iterations: 3 },
    { sigma: 1.1, delta: 3, iterations: 2 },
    { sigma: 1.5, delta: 4, iterations: 2 },
  ],
  severity: 1,
  field(random, { delta, iterations }): GlassField {
    const visits = visitCount(delta, iterations);
    const swap = new Uint8Array(visits), dx = new Int8Array(visits), dy = new Int8Array(visits);
    for (let visit = 0; visit < visits; visit++) {
      swap[visit] = random.integer(2);
      if (swap[visit] === 0) continue;
      // the upper end is not drawn: from -delta to delta - 1
      dx[visit] = random.integer(2 * delta) - delta;
      dy[visit] = random.integer(2 * delta) - delta;
    }
    return { swap, dx, dy };
  },
  corrupt(image, { swap, dx, dy }, { sigma, delta, iterations }) {
    for (const part of [swap, dx, dy]) {
      checkField("glass_blur", part, visitCount(delta, iterations));
    }
    // storing in a byte cuts off what follows the point
    const shuffled = new Uint8Array(blurDown(toUnit(image), sigma).map((value) => value * 255));
    let visit = 0;
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (let row = SIDE - delta; row > delta; row--) {
        for (let column = SIDE - delta; column > delta; column--, visit++) {
          if (swap[visit] === 0) continue;
          const here = row * SIDE + column;
          const there = here + dy[visit]! * SIDE + dx[visit]!;
          const kept = shuffled[here]!;
          shuffled[here] = shuffled[there]!;
          shuffled[there] = kept;
        }
      }
    }
    return blurDown(toUnit(shuffled), sigma);
  },
});

function visitCount(delta: number, iterations: number): number {
  return iterations * (SIDE - 2 * delta) ** 2;
}

function blurDown(values: Float64Array, sigma: number): Float64Array {
  return gaussianFilter(values, [SIDE, SIDE, 1], { sigma: [sigma, 0] });
}
