import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  hemMargin,
  hemPlusMargins,
  samplesPerClass,
  type SampleUnit,
} from "../../lib/losses/mod.ts";

// CamVid's training masks in SegNet's split, counted from the files.
const camvid = {
  pixels: [
    10682767,
    14750079,
    623349,
    20076880,
    2845085,
    6166762,
    743859,
    714595,
    3719877,
    405385,
    184967,
  ],
  images: new Array(11).fill(300),
  pixelsPerImage: 360 * 480,
};

Deno.test("samplesPerClass() gives CamVid's margins in each reading", () => {
  const margins = (unit?: SampleUnit) => hemPlusMargins(samplesPerClass(camvid, unit));
  // sqrt(2000 / (11 s)), to the digits given.
  const wanted = [
    0.0041,
    0.0035,
    0.0171,
    0.0030,
    0.0080,
    0.0054,
    0.0156,
    0.0160,
    0.0070,
    0.0212,
    0.0314,
  ];
  margins().forEach((margin, i) => assertAlmostEquals(margin, wanted[i]!, 6e-5));
  const equivalent = [1.71, 1.46, 7.10, 1.25, 3.32, 2.26, 6.50, 6.63, 2.91, 8.80, 13.0];
  margins("images_equivalent").forEach((margin, i) =>
    assertAlmostEquals(margin, equivalent[i]!, 0.06)
  );
  assertAlmostEquals(margins("images_containing")[0]!, Math.sqrt(2000 / (11 * 300)), 1e-12);
  const total = samplesPerClass(camvid).reduce((a, b) => a + b);
  assertEquals(total, 60_913_605);
  assertAlmostEquals(hemMargin(total), 0.0057, 5e-5);
});

Deno.test("samplesPerClass() refuses another unit", () => {
  assertThrows(
    () => samplesPerClass(camvid, "objects" as SampleUnit),
    RangeError,
    "pixels, images_equivalent, images_containing",
  );
});
