/** Feature pyramid networks for segmentation. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  Convolution,
  Dropout,
  type ForwardOptions,
  GroupNorm,
  type Initialiser,
  Module,
} from "../layers/mod.ts";
import { relu, resizeBilinear, tf, upsampleNearest } from "../tensorflow/mod.ts";
import type { Encoder } from "./encoder.ts";
import { encoderFamily } from "./encoders.ts";
import { Network, type NetworkContext, unfitImages } from "./network.ts";

// The defaults of segmentation_models_pytorch's FPN.
const PYRAMID = 256;
const SEGMENTATION = 128;
const GROUPS = 32;
const DROPPED = 0.2;
const UPSAMPLING = 4;

/** Side of an encoder's last map in pixels of the image: images must be a multiple of it. */
export const SEGMENTATION_STRIDE = 32;

/**
 * A feature pyramid network (Kirillov et al. 2019) with the layers, names and initial values of segmentation_models_pytorch's
 * `FPN` (A.1.3): the encoder's maps, from the coarsest on, are summed into a pyramid; each of its levels is convolved and
 * enlarged to a quarter of the image, and the sum of these becomes logits of every pixel.
 *
 * Input [N, H, W, C] with H and W multiples of 32, output logits [N, H, W, classes].
 */
export class Fpn extends Network {
  readonly #encoder: Encoder;
  readonly #decoder: FpnDecoder;
  readonly #head: Convolution;

  /**
   * @param encoder Its name, see `encoderFamily`
   * @throws {RangeError} when there is no such encoder, or the sides of the images are no multiples of 32
   */
  constructor(encoder: string, context: NetworkContext) {
    super();
    const { classes, inputShape, initialiser } = context;
    const [height, width, channels] = inputShape;
    if (height % SEGMENTATION_STRIDE !== 0 || width % SEGMENTATION_STRIDE !== 0) {
      throw unfitImages("FPN", context, `both sides must be multiples of ${SEGMENTATION_STRIDE}`);
    }
    const build = encoderFamily(encoder);
    if (build === undefined) throw new RangeError(`There is no encoder "${encoder}"`);
    this.#encoder = this.child("encoder", build(channels, initialiser.for("encoder")));
    this.#decoder = this.child(
      "decoder",
      new FpnDecoder(this.#encoder.channels, initialiser.for("decoder")),
    );
    const head = new Convolution(SEGMENTATION, classes, 1, {
      distribution: "xavierUniform",
      zeroBias: true,
      initialiser: initialiser.for("segmentation_head.0"),
    });
    this.#head = this.child("segmentation_head.0", head);
  }

  /** What weights trained on images alone can be given to. */
  get encoder(): Encoder {
    return this.#encoder;
  }

  /** [N, H, W, C] to the map that the last convolution takes, [N, H / 4, W / 4, 128]. */
  override features(x: Tensor, options: ForwardOptions): Tensor {
    const [, height, width] = x.shape as [number, number, number, number];
    if (height % SEGMENTATION_STRIDE !== 0 || width % SEGMENTATION_STRIDE !== 0) {
      throw new RangeError(
        `FPN cannot take images of ${height} x ${width}: both sides must be multiples of ${SEGMENTATION_STRIDE}; ` +
          "pad them (predictPixels does)",
      );
    }
    return this.#decoder.decode(this.#encoder.maps(x, options), options);
  }

  override head(features: Tensor): Tensor4D {
    return enlarged(this.#head.forward(features), UPSAMPLING);
  }
}

/** The pyramid, and what each of its levels gives to the map before the head. */
class FpnDecoder extends Module {
  /** From the coarsest level on. */
  readonly #laterals: readonly Convolution[];
  readonly #levels: readonly (readonly Level[])[];
  readonly #dropout = new Dropout(DROPPED, "decoder.dropout", "channels");

  /** @param channels Of the encoder's maps, the finest first */
  constructor(channels: readonly number[], initialiser: Initialiser) {
    super();
    const coarsest = channels.length - 1;
    this.#laterals = channels.toReversed().map((into, i) => {
      const name = i === 0 ? `p${coarsest + 2}` : `p${coarsest + 2 - i}.skip_conv`;
      const lateral = new Convolution(into, PYRAMID, 1, {
        distribution: "kaimingUniformFanIn",
        zeroBias: true,
        initialiser: initialiser.for(name),
      });
      return this.child(name, lateral);
    });
    this.#levels = channels.map((_, i) => {
      const doublings = coarsest - i;
      return Array.from({ length: Math.max(doublings, 1) }, (_, j) => {
        const name = `seg_blocks.${i}.block.${j}`;
        const level = new Level(j === 0 ? PYRAMID : SEGMENTATION, initialiser.for(name));
        return this.child(name, level);
      });
    });
  }

  /** The encoder's maps to one of a quarter of the image, [N, H / 4, W / 4, 128]. */
  decode(features: readonly Tensor[], options: ForwardOptions): Tensor {
    let pyramid: Tensor | undefined;
    const levels = features.toReversed().map((feature, i) => {
      const lateral = this.#laterals[i]!.forward(feature);
      pyramid = pyramid ? lateral.add(upsampleNearest(pyramid, 2)) : lateral;
      const isFinest = i === features.length - 1;
      return this.#levels[i]!.reduce((map: Tensor, level) => {
        const next = level.forward(map);
        return isFinest ? next : enlarged(next, 2);
      }, pyramid);
    });
    return this.#dropout.forward(tf.addN(levels), options);
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    return this.decode([x], options);
  }
}

/** 3x3 convolution, group normalisation and ReLU. */
class Level extends Module {
  readonly #convolution: Convolution;
  readonly #norm: GroupNorm;

  constructor(into: number, initialiser: Initialiser) {
    super();
    const convolution = new Convolution(into, SEGMENTATION, 3, {
      padding: 1,
      bias: false,
      distribution: "kaimingUniformFanIn",
      initialiser: initialiser.for("block.0"),
    });
    this.#convolution = this.child("block.0", convolution);
    this.#norm = this.child("block.1", new GroupNorm(GROUPS, SEGMENTATION));
  }

  override forward(x: Tensor): Tensor {
    return relu(this.#norm.forward(this.#convolution.forward(x)));
  }
}

function enlarged(map: Tensor, factor: number): Tensor4D {
  const [, height, width] = map.shape as [number, number, number, number];
  return resizeBilinear(map, [factor * height, factor * width]);
}
