/** Classes of pixels by a segmentation network. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type Network, SEGMENTATION_STRIDE } from "../models/mod.ts";
import { tf } from "../tensorflow/mod.ts";

/**
 * The class with the largest logit of every pixel, in evaluation mode. Images of any size are padded with zeros below and on
 * the right to what the network takes, and its answer is cut to their size; only the classes leave the device.
 *
 * @param images [N, H, W, C]
 * @param options.multiple Sides that the network takes are multiples of this; 32 unless given
 * @returns [N * H * W]
 */
export async function predictPixels(
  network: Network,
  images: Tensor4D,
  { multiple = SEGMENTATION_STRIDE }: { multiple?: number } = {},
): Promise<Int32Array> {
  const [count, height, width] = images.shape;
  const [below, right] = [height, width].map((side) => (multiple - side % multiple) % multiple);
  const classes = tf.tidy(() => {
    const padded = below === 0 && right === 0
      ? images
      : tf.pad(images, [[0, 0], [0, below!], [0, right!], [0, 0]]);
    const all = tf.argMax(network.forward(padded, { training: false }), 3);
    return tf.slice(all, [0, 0, 0], [count, height, width]);
  });
  const answer = await classes.data<"int32">();
  classes.dispose();
  return answer;
}
