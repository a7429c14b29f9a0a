/** Bytes of images to tensors. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { op, tf } from "../tensorflow/mod.ts";

/**
 * Images with pixels in [0, 1] (byte / 255; paper, section 5.1). The bytes are copied to the device as they are and become
 * floats there.
 *
 * @param bytes [N, H, W, C]
 * @throws {TypeError} for anything but as many bytes as the shape says
 */
export function imagesFromBytes(
  bytes: Uint8Array,
  shape: readonly [count: number, height: number, width: number, channels: number],
): Tensor4D {
  const [count, height, width, channels] = shape;
  if (!(bytes instanceof Uint8Array) || bytes.length !== count * height * width * channels) {
    throw new TypeError(
      `Cannot make images [${shape.join(", ")}] of ${
        bytes instanceof Uint8Array ? `${bytes.length} bytes` : typeof bytes
      }: wanted a Uint8Array of as many`,
    );
  }
  return tf.tidy(() => {
    // TensorFlow.js has no tensors of bytes: they travel four to an int32.
    const words = asWords(bytes);
    const floats = op.cast(op.bytesOf(tf.tensor1d(words, "int32")), "float32").flatten();
    const whole = words.length * 4 === bytes.length ? floats : floats.slice(0, bytes.length);
    return whole.div(255).reshape([...shape]) as Tensor4D;
  });
}

/** The bytes four by four; a copy only where they are no whole number of words, or other threads may change them. */
function asWords(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, length } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset % 4 === 0 && length % 4 === 0) {
    return new Int32Array(buffer, byteOffset, length / 4);
  }
  const words = new Int32Array(Math.ceil(length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}
