import { decodeMat } from "../formats/mod.ts";
import { DamagedDataError } from "./errors.ts";
import { memoryImages } from "./image_set.ts";
import type { DataSource } from "./source.ts";
import { officialFile } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { ImageSet, PlaceOptions } from "./types.ts";

/** SVHN's source: its test half alone, which is what unknown classes need. */
export type SvhnSource = DataSource & { files: readonly [RemoteFile] };

/**
 * The test set of the Street View House Numbers, cropped digits (Netzer et al. 2011).
 *
 * Length and SHA-256: tensorflow-datasets 4.9.10; MD5: torchvision 0.20.1.
 */
export const SVHN: SvhnSource = {
  name: "svhn",
  title: "SVHN",
  licence: "for non-commercial use",
  address: "http://ufldl.stanford.edu/housenumbers/",
  files: [{
    name: "test_32x32.mat",
    urls: ["http://ufldl.stanford.edu/housenumbers/test_32x32.mat"],
    bytes: 64_275_384,
    sha256: "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
    md5: "eb5a983be6a315427106f1b164d9cef3",
  }],
  notTaken: { "train_32x32.mat": "it is the training half; wanted is test_32x32.mat" },
};

/**
 * Loads SVHN's test set: 26,032 images of 32 x 32 pixels in colour, as they are. The file's label 10 is the digit 0.
 *
 * @throws {MissingDataError} when its file is not there
 * @throws {DamagedDataError} when it is not the official one, or holds no images
 */
export async function loadSvhn(
  places: PlaceOptions = {},
  source: SvhnSource = SVHN,
): Promise<ImageSet> {
  const path = await officialFile(source, source.files[0], places);
  const variables = variablesOf(await Deno.readFile(path), path);
  const images = variables.get("X"), labels = variables.get("y");
  if (images?.kind !== "numbers" || labels?.kind !== "numbers") {
    throw new DamagedDataError(path, "wanted the arrays X and y in it");
  }
  const [height, width, channels, count] = images.shape;
  const fits = images.shape.length === 4 && images.data instanceof Uint8Array && channels === 3 &&
    labels.data.length === count;
  if (!fits) {
    throw new DamagedDataError(
      path,
      `wanted bytes [height,width,3,n] and n labels, it has ${images.data.constructor.name} [${images.shape}] and ${labels.data.length} labels`,
    );
  }
  return memoryImages({
    name: `${source.name} test`,
    shape: [height!, width!, 3],
    pixels: rowsFirst(images.data as Uint8Array, { height: height!, width: width!, count: count! }),
    labels: Int32Array.from(labels.data as Uint8Array, (label) => label === 10 ? 0 : label),
    origin: { form: "official file", checked: "SHA-256", official: count! },
  });
}

function variablesOf(bytes: Uint8Array, path: string) {
  try {
    return decodeMat(bytes);
  } catch (error) {
    throw new DamagedDataError(path, (error as Error).message);
  }
}

/** From MATLAB's order, in which the row runs fastest and the image slowest, to NHWC. */
function rowsFirst(
  data: Uint8Array,
  { height, width, count }: { height: number; width: number; count: number },
): Uint8Array {
  const out = new Uint8Array(data.length);
  const plane = height * width, size = 3 * plane;
  for (let start = 0; start < count * size; start += size) {
    for (let c = 0; c < 3; c++) {
      for (let x = 0; x < width; x++) {
        const column = start + c * plane + x * height;
        for (let y = 0; y < height; y++) {
          out[start + (y * width + x) * 3 + c] = data[column + y]!;
        }
      }
    }
  }
  return out;
}
