/** An image as bytes, HWC: one channel (grey) or three (red, green, blue). */
export interface DecodedImage {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
  /** A grey image of 16 bits, of which `data` has the upper 8. */
  isCut?: true;
}

// more pixels than any image of the data sets here has; guards against images that are small files only
const MOST_PIXELS = 2 ** 28;

/**
 * Decodes a JPEG or PNG (by its bytes, whatever its name), or what else libvips knows, to uint8.
 *
 * As Pillow's `convert("RGB")` of torchvision's loaders: colour profiles, EXIF orientation and transparency are ignored,
 * palettes are looked up, CMYK becomes RGB as (255 - K) (255 - C) / 255. Grey images stay grey, of one channel; bits become
 * 0 and 255, and of 16 bits the upper 8 count (Pillow clips those instead).
 *
 * @throws {TypeError} when the bytes are no whole image
 */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, {
      ignoreIcc: true,
      failOn: "error",
      limitInputPixels: MOST_PIXELS,
    });
    const { space } = await image.metadata();
    if (space === "cmyk") {
      const { data, info } = await image.pipelineColourspace("cmyk").toColourspace("cmyk").raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, channels: 3, data: cmykToRgb(data) };
    }
    if (space === "grey16") {
      const { data, info } = await image.removeAlpha().toColourspace("grey16")
        .raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
      const { width, height } = info;
      return { width, height, channels: 1, data: upperBytes(data), isCut: true };
    }
    const grey = space === "b-w";
    const { data, info } = await image.removeAlpha().toColourspace(grey ? "b-w" : "srgb").raw()
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: info.channels === 1 ? 1 : 3,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (error) {
    throw new TypeError(`Cannot decode an image of ${bytes.length} bytes: ${message(error)}`);
  }
}

/** The image with three equal channels where it is grey. */
export function toColour({ width, height, channels, data }: DecodedImage): DecodedImage {
  if (channels === 3) return { width, height, channels, data };
  const out = new Uint8Array(3 * data.length);
  for (let i = 0; i < data.length; i++) out.fill(data[i]!, 3 * i, 3 * i + 3);
  return { width, height, channels: 3, data: out };
}

/** The image in one channel: Pillow's `convert("L")`, (19595 R + 38470 G + 7471 B) / 65536, rounded (ITU-R 601-2). */
export function toGrey({ width, height, channels, data }: DecodedImage): DecodedImage {
  if (channels === 1) return { width, height, channels, data };
  const out = new Uint8Array(data.length / 3);
  for (let i = 0; i < out.length; i++) {
    const sum = 19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]!;
    out[i] = (sum + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: out };
}

let loaded: Promise<typeof import("sharp").default> | undefined;

/** sharp, loaded when the first image is decoded: most runs have none. */
function loadSharp() {
  return loaded ??= import("sharp").then(({ default: sharp }) => {
    // one thread per image: many are decoded side by side
    sharp.concurrency(1);
    // an image is decoded once
    sharp.cache(false);
    return sharp;
  });
}

/** Whether a file begins as an image that can be decoded does; false for a link that leads nowhere. */
export async function beginsAsImage(file: string): Promise<boolean> {
  const sharp = await loadSharp();
  try {
    await sharp(file, { limitInputPixels: MOST_PIXELS }).metadata();
    return true;
  } catch {
    return false;
  }
}

/** Whether a file is an image that can be decoded, to its end; it takes as long as that. */
export async function decodes(file: string): Promise<boolean> {
  try {
    await decodeImage(await Deno.readFile(file));
    return true;
  } catch {
    return false;
  }
}

/** The upper byte of each number of 16 bits; libvips' own conversion rounds some of them. */
function upperBytes(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from({ length: data.length / 2 }, (_, i) => view.getUint16(2 * i, true) >> 8);
}

/** Pillow's conversion, to the rounding: 255 - K - (255 - K) C / 255. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const out = new Uint8Array(cmyk.length / 4 * 3);
  for (let i = 0, o = 0; i < cmyk.length; i += 4) {
    const light = 255 - cmyk[i + 3]!;
    for (let c = 0; c < 3; c++) out[o++] = light - dividedBy255(cmyk[i + c]! * light);
  }
  return out;
}

/** value / 255, rounded, for products of two bytes. */
function dividedBy255(value: number): number {
  const sum = value + 128;
  return ((sum >> 8) + sum) >> 8;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
