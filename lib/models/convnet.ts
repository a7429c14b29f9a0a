/** The fully convolutional network of A.1.3. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Convolution } from "../layers/mod.ts";
import { averagePool } from "../tensorflow/mod.ts";
import { checkOwnShape, Network, type NetworkContext, unfitImages } from "./network.ts";

/**
 * Five 3x3 convolutions of 32 masks with ReLU, down-sampled by average pooling, without normalisation (A.1.3). The fifth is
 * the head: its masks are the classes, which gives Table 2's 30,954 parameters.
 *
 * The count leaves open where the last pool and the last padding are. Option `head`:
 * - `"a"` (default): three pools (28, 14, 7, 3), the last convolution without padding gives a 1x1 map
 * - `"b"`: a fourth pool (3 to 1), the last convolution padded on a 1x1 map
 * - `"c"`: three pools, the last convolution padded, mean over the map
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class ConvNet extends Network {
  /** Readings of the head that the paper does not describe; the default first. */
  static readonly heads = ["a", "b", "c"] as const;

  readonly #convolutions: readonly Convolution[];
  readonly #head: string | number | undefined;

  constructor(context: NetworkContext) {
    super();
    this.inputShape = context.inputShape;
    const { classes, inputShape: [height, width, channels], initialiser } = context;
    this.#head = context.options.head;
    const { halvings, fits, wanted } = LAST_MAP[this.#head as Head];
    const map = [height, width].map((size) => Math.floor(size / 2 ** halvings));
    if (!map.every(fits)) {
      throw unfitImages("ConvNet", context, `head "${this.#head}" wants ${wanted}`);
    }
    const into = [channels, 32, 32, 32, 32];
    const out = [32, 32, 32, 32, classes];
    this.#convolutions = into.map((channelsIn, index) => {
      const name = `conv${index + 1}`;
      const isHead = index === 4;
      return this.child(
        name,
        new Convolution(channelsIn, out[index]!, 3, {
          padding: isHead && this.#head === "a" ? 0 : 1,
          ...(index < 3 && { averagePool: 2 }),
          activation: isHead ? "none" : "relu",
          initialiser: initialiser.for(name),
        }),
      );
    });
  }

  /** [N, H, W, C] to the map that the fifth convolution takes. */
  override features(x: Tensor): Tensor {
    checkOwnShape(this, x);
    const [conv1, conv2, conv3, conv4] = this.#convolutions as [
      Convolution,
      Convolution,
      Convolution,
      Convolution,
      Convolution,
    ];
    const h = [conv1, conv2, conv3, conv4].reduce((h, layer) => layer.forward(h), x);
    return this.#head === "b" ? averagePool(h, 2) : h;
  }

  override head(features: Tensor): Tensor {
    const h = this.#convolutions.at(-1)!.forward(features);
    return this.#head === "c" ? h.mean([1, 2]) : h.reshape([h.shape[0]!, -1]);
  }
}

type Head = (typeof ConvNet.heads)[number];

/** What the map before the last convolution must be, after so many halvings by pools. */
const LAST_MAP: Record<
  Head,
  { halvings: number; fits: (side: number) => boolean; wanted: string }
> = {
  a: { halvings: 3, fits: (side) => side === 3, wanted: "sides of 24 to 31" },
  b: { halvings: 4, fits: (side) => side === 1, wanted: "sides of 16 to 31" },
  c: { halvings: 3, fits: (side) => side >= 1, wanted: "sides of 8 or more" },
};
