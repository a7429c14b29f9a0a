import { type DecodedImage, decodeImage, toColour } from "./decode_image.ts";
import { DamagedDataError } from "./errors.ts";
import { readAt } from "./read_at.ts";
import type { EncodedPlace, Fit } from "./read_request.ts";
import { resizeAndCrop } from "./resize_image.ts";

/**
 * Reads, decodes, resizes and crops images: bytes [N, crop, crop, 3], as torchvision's `Resize` and `CenterCrop` of an image
 * in `RGB`.
 *
 * @throws {DamagedDataError} when an image is cut short or does not decode; it names file and image
 */
export async function readEncoded(
  { places, fit }: { places: readonly EncodedPlace[]; fit: Fit },
): Promise<Uint8Array> {
  const size = fit.crop * fit.crop * 3;
  const out = new Uint8Array(places.length * size);
  using archives = new OpenArchives();
  const start = (i: number) => {
    const image = i < places.length ? decode(places[i]!, archives) : undefined;
    // awaited in its turn, or not at all where one before it is damaged
    image?.catch(() => {});
    return image;
  };
  let next = start(0);
  for (let i = 0; i < places.length; i++) {
    const image = await next!;
    // libvips decodes in a thread of its own: the next one, while this one is resized
    next = start(i + 1);
    out.set(toColour(resizeAndCrop(image, fit)).data, i * size);
  }
  return out;
}

async function decode(place: EncodedPlace, archives: OpenArchives): Promise<DecodedImage> {
  const { file, part } = place;
  try {
    return await decodeImage(part === undefined ? Deno.readFileSync(file) : archives.read(place));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const which = part === undefined ? "" : `${part.name} in it: `;
    throw new DamagedDataError(file, `${which}${error.message}. Replace it by a whole one`);
  }
}

/** Archives that are open while a batch is read. */
class OpenArchives {
  readonly #files = new Map<string, Deno.FsFile>();

  read({ file, part }: EncodedPlace): Uint8Array {
    let archive = this.#files.get(file);
    if (archive === undefined) {
      archive = Deno.openSync(file);
      this.#files.set(file, archive);
    }
    const bytes = new Uint8Array(part!.bytes);
    if (!readAt(archive, part!.start, bytes)) {
      throw new DamagedDataError(file, `it ends within ${part!.name}: replace it`);
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.close();
  }
}
