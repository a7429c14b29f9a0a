/** The images of a CIFAR file in its binary version. */
export interface CifarImages {
  /** Bytes [N, 32, 32, 3]: height, width, channels red, green, blue. */
  pixels: Uint8Array;
  /** The last label byte of each record: CIFAR10's class, CIFAR100's fine class. */
  labels: Uint8Array;
}

// https://www.cs.toronto.edu/~kriz/cifar.html, "binary version": 1024 red, 1024 green, 1024 blue bytes, row by row
const PLANE = 32 * 32;
const CHANNELS = 3;

/**
 * Decodes a file of CIFAR10 or CIFAR100 in the binary version: records of one or two label bytes (CIFAR100's coarse class
 * comes first) and the three colour planes of a 32 x 32 image. The planes are interleaved to [N, 32, 32, 3].
 *
 * @param labelBytes Label bytes before each image: 1 in CIFAR10, 2 in CIFAR100
 * @throws {RangeError} when the bytes are no whole number of records, or none
 */
export function decodeCifarBinary(bytes: Uint8Array, labelBytes: 1 | 2): CifarImages {
  const record = labelBytes + CHANNELS * PLANE;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw new RangeError(
      `Cannot read CIFAR data: wanted records of ${record} bytes each, got ${bytes.length} bytes`,
    );
  }
  const count = bytes.length / record;
  const pixels = new Uint8Array(count * CHANNELS * PLANE);
  const labels = new Uint8Array(count);
  let at = 0;
  for (let n = 0; n < count; n++) {
    const red = n * record + labelBytes;
    labels[n] = bytes[red - 1]!;
    for (let i = red; i < red + PLANE; i++) {
      pixels[at++] = bytes[i]!;
      pixels[at++] = bytes[i + PLANE]!;
      pixels[at++] = bytes[i + 2 * PLANE]!;
    }
  }
  return { pixels, labels };
}
