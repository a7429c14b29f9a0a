import { toUnitFloat32 } from "./bytes.ts";
import { clippedZoom } from "./clipped_zoom.ts";
import { checkField, checkNumbers } from "./fields.ts";
import { CHANNELS, imageCorruption, toBytes } from "./image_corruption.ts";
import { FROST, SNOW } from "./image_severities.ts";
import { motionBlur } from "./motion_blur.ts";
import { normalNoise } from "./normal_noise.ts";

/** What is random in snow. */
export interface SnowField {
  /** A standard normal number per pixel. */
  flakes: Float64Array;
  /** The way of the wind in degrees, in [-135, -45): upwards. */
  angle: number;
}

// weights of red, green and blue in grey: OpenCV's RGB2GRAY in float32
const GREY = [0.299, 0.587, 0.114].map(Math.fround) as [number, number, number];

/**
 * The image, paler and brighter, and a layer of smeared flakes, and that layer turned by 180 degrees.
 *
 * The image is in float32, the flakes in float64, as in the original.
 */
export const snow = imageCorruption({
  name: "snow",
  title: "Snow",
  severities: SNOW,
  field: (random, { side }): SnowField => ({
    flakes: normalNoise(random, side * side),
    angle: -135 + 90 * random.uniform(),
  }),
  corrupt(image, { flakes, angle }, { side, parameters }) {
    const [mean, deviation, zoom, threshold, radius, sigma, mix] = parameters;
    checkField("snow", flakes, side * side);
    checkNumbers("snow", angle);
    const noise = new Float64Array(flakes.length);
    for (let i = 0; i < noise.length; i++) noise[i] = mean + deviation * flakes[i]!;
    const zoomed = clippedZoom(noise, { side, channels: 1, factor: zoom });
    for (let i = 0; i < zoomed.length; i++) if (zoomed[i]! < threshold) zoomed[i] = 0;
    const layer = motionBlur(toBytes(zoomed), [side, side, 1], { radius, sigma, angle });
    const values = toUnitFloat32(image);
    const kept = Math.fround(mix);
    const paler = Math.fround(1 - mix);
    const out = new Float64Array(values.length);
    for (let pixel = 0, i = 0; pixel < layer.length; pixel++, i += CHANNELS) {
      const [r, g, b] = [values[i]!, values[i + 1]!, values[i + 2]!];
      // fused multiplication and addition, as OpenCV's vector code: red on green, then blue
      const grey = Math.fround(b * GREY[2] + Math.fround(r * GREY[0] + Math.fround(g * GREY[1])));
      const pale = Math.fround(Math.fround(grey * 1.5) + 0.5);
      for (let c = 0; c < CHANNELS; c++) {
        const value = values[i + c]!;
        const mixed = Math.fround(
          Math.fround(kept * value) + Math.fround(paler * Math.max(value, pale)),
        );
        out[i + c] = mixed + layer[pixel]! / 255 + layer[layer.length - 1 - pixel]! / 255;
      }
    }
    return toBytes(out);
  },
});

// the index of the texture is drawn from 0 .. 4, so that the sixth never shows
const TEXTURES_USED = 5;

/**
 * a x + b F, F a piece of a picture of ice. Field: that piece, bytes [side, side, 3] in RGB.
 *
 * Of the textures given the first five are used, each equally often; the last row and column where a piece could start
 * are never drawn.
 */
export const frost = imageCorruption({
  name: "frost",
  title: "Frost",
  severities: FROST,
  field(random, { side, textures }): Uint8Array {
    if (textures === undefined || textures.length < TEXTURES_USED) {
      throw new TypeError(
        `Cannot draw frost from ${
          textures?.length ?? "no"
        } textures: give the published ones, at least five`,
      );
    }
    const { height, width, pixels } = textures[random.integer(TEXTURES_USED)]!;
    if (height <= side || width <= side) {
      throw new RangeError(
        `Cannot cut frost of ${side} x ${side} from a texture of ${width} x ${height}: give larger ones (frostTextures)`,
      );
    }
    const top = random.integer(height - side);
    const left = random.integer(width - side);
    const piece = new Uint8Array(side * side * CHANNELS);
    for (let y = 0; y < side; y++) {
      const start = ((top + y) * width + left) * CHANNELS;
      piece.set(pixels.subarray(start, start + side * CHANNELS), y * side * CHANNELS);
    }
    return piece;
  },
  corrupt(image, ice, { parameters: [kept, added] }) {
    checkField("frost", ice, image.length);
    const out = new Uint8Array(image.length);
    for (let i = 0; i < out.length; i++) out[i] = Math.min(kept * image[i]! + added * ice[i]!, 255);
    return out;
  },
});
