/** Classes of pixels by a segmentation network. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  checkNetwork,
  named,
  type Network,
  predictorOf,
  SEGMENTATION_STRIDE,
} from "../models/mod.ts";
import { turnOfEventLoop } from "../progress/mod.ts";
import { capture, tf } from "../tensorflow/mod.ts";

/** Gives each pixel its class; the network is captured once for each size that images are padded to. */
export interface PixelPredictor {
  /**
   * @param images [N, H, W, C]
   * @returns [N * H * W]
   */
  (images: Tensor4D): Promise<Int32Array>;
  dispose(): void;
}

const NO_CLASS = -1;

/**
 * The class with the largest logit of every pixel, in evaluation mode. Images of any size are padded with zeros below and on
 * the right to multiples of 32, which the network takes, and its answer is cut to their size; only the classes leave the device.
 *
 * @param options.prepare What is done to padded images before the network takes them: nothing unless told
 * @param options.diverged What is done where a pixel or a logit is not finite: refused unless told, or -1 given for all pixels
 * @throws {TypeError} for anything but a network of this library
 * @throws {RangeError} by what it returns, when a pixel or a logit is not finite
 */
export function predictPixels(
  network: Network,
  options: {
    prepare?: (images: Tensor4D) => Tensor4D;
    diverged?: "refuse" | "give";
  } = {},
): PixelPredictor {
  checkNetwork(network, "predict pixels by");
  const { prepare = (images) => images, diverged = "refuse" } = options;
  const predict = predictorOf(network, { to: "predict pixels by" });
  const classes = capture((padded: Tensor4D) => {
    const logits = predict(prepare(padded));
    const all = tf.argMax(logits, 3);
    // No class where they are not finite, which is seen when the classes are read.
    // A ReLU would hide pixels that are not.
    const isFinite = tf.all(tf.isFinite(logits)).logicalAnd(tf.all(tf.isFinite(padded)));
    return tf.where(isFinite, all, tf.fill(all.shape, NO_CLASS, "int32"));
  }, { name: "The prediction of pixels" });
  return Object.assign(
    async (images: Tensor4D) => {
      if (
        !(images instanceof tf.Tensor) || images.isDisposed || images.dtype !== "float32" ||
        images.rank !== 4 || images.size === 0
      ) {
        throw new TypeError(
          `Cannot predict pixels of ${named(images)}: wanted images, float32 [N, H, W, C]`,
        );
      }
      // Padded and cut out here: photographs have many sizes, and few that they are padded to.
      const answer = tf.tidy(() => {
        const [count, height, width] = images.shape;
        const [below, right] = [height, width].map((side) =>
          (SEGMENTATION_STRIDE - side % SEGMENTATION_STRIDE) % SEGMENTATION_STRIDE
        );
        const padded = tf.pad(images, [[0, 0], [0, below!], [0, right!], [0, 0]]);
        return tf.slice(classes(padded), [0, 0, 0], [count, height, width]);
      });
      const values = await answer.data<"int32">();
      answer.dispose();
      await turnOfEventLoop();
      if (values[0] === NO_CLASS && diverged === "refuse") {
        throw new RangeError(
          "Cannot predict pixels: images or logits are not finite; did it diverge?",
        );
      }
      return values;
    },
    { dispose: () => classes.dispose() },
  );
}
