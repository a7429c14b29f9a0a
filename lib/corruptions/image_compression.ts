import { noField } from "./fields.ts";
import { boxResize } from "./box_resize.ts";
import { CHANNELS, imageCorruption } from "./image_corruption.ts";
import { JPEG_COMPRESSION, PIXELATE } from "./image_severities.ts";
import { jpegRoundTrip } from "./jpeg.ts";

/** Saved as JPEG, colours at half the resolution, and opened again. */
export const jpegCompression = imageCorruption({
  name: "jpeg_compression",
  title: "JPEG compression",
  severities: JPEG_COMPRESSION,
  field: noField,
  corrupt: (image, _, { side, parameters: quality }) => jpegRoundTrip(image, { side, quality }),
});

/** Resized to fewer pixels and back by Pillow's BOX filter. */
export const pixelate = imageCorruption({
  name: "pixelate",
  title: "Pixelate",
  severities: PIXELATE,
  field: noField,
  corrupt(image, _, { side, parameters: fewer }) {
    const small = boxResize(image, { from: side, to: fewer, channels: CHANNELS });
    return boxResize(small, { from: fewer, to: side, channels: CHANNELS });
  },
});
