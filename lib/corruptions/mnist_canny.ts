import { toUnit } from "./bytes.ts";
import { noField } from "./fields.ts";
import { mnistCorruption, SIDE } from "./mnist_corruption.ts";
import { canny } from "./skimage_canny.ts";

/** The edges of the digit, white on black. */
export const cannyEdges = mnistCorruption({
  name: "canny_edges",
  title: "Canny edges",
  severities: [undefined],
  severity: 1,
  field: noField,
  corrupt: (image) => Float64Array.from(canny(toUnit(image), [SIDE, SIDE])),
});
