// Small sets of scenes in the official forms.
import { dirname } from "node:path";
import sharp from "sharp";

/** Runs `use` with an empty folder, which is removed afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a picture of this size, whose pixel (x, y) is (10 x, 10 y, 77) in a PNG. */
export async function putImage(path: string, height: number, width: number): Promise<void> {
  const pixels = Uint8Array.from({ length: 3 * height * width }, (_, i) => {
    const at = Math.floor(i / 3);
    return [10 * (at % width), 10 * Math.floor(at / width), 77][i % 3]!;
  });
  await Deno.mkdir(dirname(path), { recursive: true });
  const image = sharp(pixels, { raw: { height, width, channels: 3 } });
  const bytes = path.endsWith(".png") ? image.png() : image.jpeg({ quality: 100 });
  await Deno.writeFile(path, await bytes.toBuffer());
}

/** Writes rows of labels as a grey PNG. */
export async function putMask(path: string, rows: readonly (readonly number[])[]): Promise<void> {
  const raw = { height: rows.length, width: rows[0]!.length, channels: 1 } as const;
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(
    path,
    await sharp(Uint8Array.from(rows.flat()), { raw }).toColourspace("b-w").png().toBuffer(),
  );
}

/** Writes rows of labels as a grey PNG of 16 bits a pixel. */
export async function putDeepMask(path: string, rows: readonly (readonly number[])[]) {
  const raw = { height: rows.length, width: rows[0]!.length, channels: 1 } as const;
  const image = sharp(Uint16Array.from(rows.flat()), { raw }).toColourspace("grey16");
  await Deno.writeFile(path, await image.png().toBuffer());
}

/** Rows of labels of a scene, for reading them. */
export function rowsOf(labels: Uint8Array | Int32Array, width: number): number[][] {
  return Array.from(
    { length: labels.length / width },
    (_, y) => [...labels.subarray(y * width, (y + 1) * width)],
  );
}
