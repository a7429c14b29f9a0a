import { generator } from "../random/mod.ts";
import type { View } from "./read_request.ts";
import { resizeImage } from "./resize_image.ts";
import { ignoreLabel, type Scene } from "./scenes.ts";

/**
 * Draws a scene as a view has it into `out`, bytes [H, W, 4]: red, green, blue, label. Whatever moves a pixel moves its label;
 * where the view reaches beyond the scene there are zeros, which count nowhere.
 */
export function viewOf(scene: Scene, view: View, out: Uint8Array): void {
  const { size: [height, width], top, left, mirrored } = view;
  const source = resized(scene, view);
  const pixel = changeOf(view);
  const y0 = offset(source.height, height, top), x0 = offset(source.width, width, left);
  for (let y = 0, o = 0; y < height; y++) {
    const fromY = y + y0;
    const inside = fromY >= 0 && fromY < source.height;
    for (let x = 0; x < width; x++, o += 4) {
      const shownX = x + x0;
      if (!inside || shownX < 0 || shownX >= source.width) {
        out[o] = out[o + 1] = out[o + 2] = 0;
        out[o + 3] = ignoreLabel;
        continue;
      }
      const at = fromY * source.width + (mirrored ? source.width - 1 - shownX : shownX);
      out[o] = pixel(source.pixels[3 * at]!);
      out[o + 1] = pixel(source.pixels[3 * at + 1]!);
      out[o + 2] = pixel(source.pixels[3 * at + 2]!);
      out[o + 3] = source.labels[at]!;
    }
  }
}

/** Where a view begins in a scene, or before it: the `fraction` of all places, from the first at 0. */
function offset(scene: number, view: number, fraction: number): number {
  const spare = Math.abs(scene - view);
  const place = Math.floor(fraction * (spare + 1));
  return scene >= view ? place : -place;
}

/** The scene at the size that the view takes it in: the image bilinear, its labels nearest. */
function resized(scene: Scene, { resize, factor }: View): Scene {
  const height = Math.max(1, Math.round((resize?.[0] ?? scene.height) * factor));
  const width = Math.max(1, Math.round((resize?.[1] ?? scene.width) * factor));
  if (height === scene.height && width === scene.width) return scene;
  const image = resizeImage({ ...scene, channels: 3, data: scene.pixels }, { width, height });
  return { height, width, pixels: image.data, labels: nearest(scene, height, width) };
}

/** Labels at another size: each that of the pixel in which the middle of the new one lies (Pillow's `NEAREST`). */
function nearest({ labels, ...scene }: Scene, height: number, width: number): Uint8Array {
  const columns = Int32Array.from(
    { length: width },
    (_, x) => Math.floor((x + 0.5) * scene.width / width),
  );
  const out = new Uint8Array(height * width);
  for (let y = 0, o = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * scene.height / height) * scene.width;
    for (let x = 0; x < width; x++) out[o++] = labels[row + columns[x]!]!;
  }
  return out;
}

/** What becomes of a value of a pixel: contrast around the middle, brightness, noise; rounded and clipped to a byte. */
function changeOf({ brightness, contrast, noise, noiseSeed }: View): (value: number) => number {
  if (brightness === 0 && contrast === 1 && noise === 0) return (value) => value;
  const random = generator(noiseSeed, "noise");
  return (value) => {
    const added = noise === 0 ? 0 : noise * random.normal();
    const changed = contrast * (value - 127.5) + 127.5 + 255 * (brightness + added);
    return Math.min(255, Math.max(0, Math.round(changed)));
  };
}
