import { readEncoded } from "./encoded_images.ts";
import { DamagedDataError } from "./errors.ts";
import { checkIndices, imageSize, memoryImages } from "./image_set.ts";
import { readAt } from "./read_at.ts";
import { readViews } from "./read_views.ts";
import { type ReadRequest, registerRequest } from "./read_request.ts";
import type { ImageSet, ImageShape, Origin } from "./types.ts";

/** A set whose images any thread can read; `request` says how. */
export function requestedImages({ request, ...set }: Omit<ImageSet, "read" | "count"> & {
  request: (indices: Uint32Array) => ReadRequest;
}): ImageSet {
  const images: ImageSet = {
    ...set,
    count: set.labels.length,
    read(indices) {
      checkIndices(this, indices);
      return readRequested(request(Uint32Array.from(indices)));
    },
  };
  registerRequest(images, request);
  return images;
}

/** As `memoryImages`, with the pixels in memory that all threads share. */
export function sharedImages(set: {
  name: string;
  shape: ImageShape;
  /** Over a SharedArrayBuffer. */
  pixels: Uint8Array;
  labels: Int32Array;
  origin?: Origin;
}): ImageSet {
  const images = memoryImages(set);
  const size = imageSize(set.shape);
  registerRequest(images, (indices) => ({
    kind: "pixels",
    pixels: set.pixels,
    size,
    indices,
  }));
  return images;
}

/**
 * Reads the images of a request: bytes [N, H, W, C].
 *
 * @throws {DamagedDataError} when a file ends too early, or an image does not decode; it names both
 */
export function readRequested(request: ReadRequest): Uint8Array | Promise<Uint8Array> {
  if (request.kind === "encoded") return readEncoded(request);
  if (request.kind === "scenes") return readViews(request.scenes);
  const { size, indices } = request;
  const out = new Uint8Array(indices.length * size);
  const imageOf = (i: number) => out.subarray(i * size, (i + 1) * size);
  if (request.kind === "pixels") {
    indices.forEach((index, i) =>
      imageOf(i).set(request.pixels.subarray(index * size, (index + 1) * size))
    );
    return out;
  }
  using file = Deno.openSync(request.file);
  indices.forEach((index, i) => {
    if (!readAt(file, index * size, imageOf(i))) {
      throw new DamagedDataError(request.file, `it ends before image ${index}: remove it`);
    }
  });
  return out;
}
