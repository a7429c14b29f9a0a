/** How fast this device is. */
import { convolution } from "./convolution.ts";
import { onGpu, valueAndGradients } from "./kernel.ts";
import { tf } from "./load.ts";

// A 3x3 convolution in the middle of a residual network, over so many images that a GPU is busy with each call.
const [side, channels, kernel] = [16, 128, 3];
const images = onGpu ? 1024 : 16;
// Forward, by the images, by the filters; a multiplication and an addition each.
const flops = 3 * 2 * images * side ** 2 * channels ** 2 * kernel ** 2;

/** FLOPs per second in training steps of one convolution, measured over about `seconds`. */
export async function measureSpeed(seconds = 1): Promise<number> {
  const x = tf.randomNormal([images, side, side, channels]);
  const filter = tf.randomNormal([kernel, kernel, channels, channels]);
  const step = async () => {
    const sum = tf.tidy(() => {
      const { gradients } = valueAndGradients(
        () => convolution(x, filter, undefined, { padding: 1 }).sum(),
        [x, filter],
      );
      return gradients[0]!.sum().add(gradients[1]!.sum());
    });
    // Waits until the device is done.
    await sum.data();
    sum.dispose();
  };
  try {
    await step();
    const start = performance.now();
    let steps = 0;
    do {
      await step();
      steps++;
    } while (performance.now() - start < 1000 * seconds);
    return steps * flops / ((performance.now() - start) / 1000);
  } finally {
    tf.dispose([x, filter]);
  }
}
