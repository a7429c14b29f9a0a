import { toUnit } from "./bytes.ts";
import { noField } from "./fields.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";
import { plasmaMap } from "./plasma.ts";

/** Adds to the value of HSV, which for grey is the grey itself. */
export const brightness = mnistCorruption({
  name: "brightness",
  title: "Brightness",
  severities: [0.1, 0.2, 0.3, 0.4, 0.5],
  severity: 5,
  field: noField,
  corrupt: (image, _, added) => toUnit(image).map((x) => x + added),
});

// columns 0 .. 6 and 21 .. 27
const STRIPE_WIDTH = 7;

/** Inverts a stripe of seven columns at the left and one at the right. */
export const stripe = mnistCorruption({
  name: "stripe",
  title: "Stripe",
  severities: [undefined],
  severity: 1,
  field: noField,
  corrupt: (image) =>
    toUnit(image).map((x, i) => {
      const column = i % SIDE;
      return column < STRIPE_WIDTH || column >= SIDE - STRIPE_WIDTH ? 1 - x : x;
    }),
});

// the plasma map of which the fog is the upper left corner
const PLASMA_SIDE = 256;

/**
 * (x + c P) m / (m + c), m the image's largest value and P a plasma map of [0, 1], of which the corner is taken.
 *
 * Field: the noise of the map's 256 x 256 cells, in [-1, 1).
 */
export const fog = mnistCorruption({
  name: "fog",
  title: "Fog",
  severities: [
    { thickness: 1.5, decay: 2 },
    { thickness: 2, decay: 2 },
    { thickness: 2.5, decay: 1.7 },
    { thickness: 2.5, decay: 1.5 },
    { thickness: 3, decay: 1.4 },
  ],
  severity: 5,
  field(random): Float64Array {
    const noise = new Float64Array(PLASMA_SIDE * PLASMA_SIDE);
    // 32 random bits are enough here, and quicker than the 53 of uniform()
    for (let i = 0; i < noise.length; i++) noise[i] = random.uint32() * 2 ** -31 - 1;
    return noise;
  },
  corrupt(image, field, { thickness, decay }) {
    const plasma = plasmaMap(field, { size: PLASMA_SIDE, decay });
    const values = toUnit(image);
    const largest = values.reduce((a, b) => Math.max(a, b));
    return values.map((x, i) => {
      const cloud = plasma[Math.floor(i / SIDE) * PLASMA_SIDE + i % SIDE]!;
      return (x + thickness * cloud) * largest / (largest + thickness);
    });
  },
});
