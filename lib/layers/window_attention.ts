/** Attention within shifted windows. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  cosineAttention,
  linear,
  type MapShape,
  mergeWindows,
  partitionWindows,
  tellPart,
  tf,
} from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { flattenedLayout, sameLayout } from "./layout.ts";
import { Linear } from "./linear.ts";
import { Module, StoredVariable } from "./module.ts";
import { relativePositionIndex, relativePositionTable, windowRegions } from "./window_positions.ts";

/** All weights of Swin V2's linear maps start as N(0, 0.02^2) (torchvision). */
const DISTRIBUTION: WeightDistribution = { deviation: 0.02 };
/** Cosines are not multiplied by more than this (Swin V2, section 3.2; torchvision's clamp). */
const LARGEST_LOG_SCALE = Math.log(100);
/** Features of the hidden layer that computes the position bias (torchvision's `cpb_mlp`). */
const POSITION_FEATURES = 512;
/** Added to the logits of tokens that only the roll made neighbours; large, not infinite (torchvision). */
const APART = -100;

/**
 * Attention by scaled cosines among the tokens of a window, with a learnt bias by relative position (torchvision's
 * `ShiftedWindowAttentionV2`).
 *
 * Zeros are added below and on the right up to whole windows; they take part like any token. A map that one window covers
 * is not shifted. The keys' third of the bias is registered, but counts as zeros.
 */
export class ShiftedWindowAttention extends Module {
  readonly #logScale: StoredVariable;
  readonly #qkvWeight: StoredVariable;
  readonly #qkvBias: StoredVariable;
  readonly #proj: Linear;
  readonly #positions: readonly [Linear, Linear];
  readonly #heads: number;
  readonly #window: number;
  readonly #shift: number;

  /**
   * @param features Of input and output
   * @param options.window Side of the windows
   * @param options.shift Rows and columns by which the windows are moved
   */
  constructor(features: number, options: {
    heads: number;
    window: number;
    shift: number;
    initialiser: Initialiser;
  }) {
    super();
    const { heads, window, shift, initialiser } = options;
    this.#heads = heads;
    this.#window = window;
    this.#shift = shift;
    this.#logScale = this.parameter(
      "logit_scale",
      new StoredVariable(new Float32Array(heads).fill(Math.log(10)), sameLayout([heads, 1, 1])),
    );
    // In PyTorch `qkv` is a layer; here its bias is changed before it is used.
    const size = 3 * features * features;
    const fans = { size, fanIn: features, fanOut: 3 * features };
    this.#qkvWeight = this.parameter(
      "qkv.weight",
      new StoredVariable(
        drawWeights(initialiser.for("qkv").for("weight"), DISTRIBUTION, fans),
        flattenedLayout(3 * features, 1, 1, features),
      ),
    );
    this.#qkvBias = this.parameter(
      "qkv.bias",
      new StoredVariable(new Float32Array(3 * features), sameLayout([3 * features])),
    );
    const linearPart = (
      name: string,
      into: number,
      out: number,
      more: { bias?: boolean; activation?: "relu" } = {},
    ) =>
      this.child(
        name,
        new Linear(into, out, {
          distribution: DISTRIBUTION,
          zeroBias: true,
          initialiser: initialiser.for(name),
          ...more,
        }),
      );
    this.#proj = linearPart("proj", features, features);
    this.#positions = [
      linearPart("cpb_mlp.0", 2, POSITION_FEATURES, { activation: "relu" }),
      linearPart("cpb_mlp.2", POSITION_FEATURES, heads, { bias: false }),
    ];
    const side = 2 * window - 1;
    this.constant("relative_coords_table", {
      shape: [1, side, side, 2],
      data: relativePositionTable(window),
    });
    this.constant("relative_position_index", {
      shape: [window ** 4],
      data: BigInt64Array.from(relativePositionIndex(window), BigInt),
    });
  }

  /** [N, H, W, features] to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => this.#attend(x));
  }

  #attend(x: Tensor): Tensor {
    const [count, height, width, features] = x.shape as MapShape;
    const size = this.#window;
    const shifted = (side: number) => side > size ? this.#shift : 0;
    const windowing = { size, shift: [shifted(height), shifted(width)] as const };
    const windows = partitionWindows(x, windowing);
    const qkv = linear(windows.reshape([-1, features]), this.#qkvWeight.value, this.#bias());
    const attended = cosineAttention(
      qkv.reshape([windows.shape[0], size * size, 3 * features]),
      this.#logScale.value.flatten().minimum(LARGEST_LOG_SCALE).exp(),
      this.#positionBias(),
      windowing.shift.some((shift) => shift > 0)
        ? maskOf(windowRegions(height, width, windowing))
        : undefined,
    );
    const projected = this.#proj.forward(attended);
    return mergeWindows(projected, [count, height, width, features], windowing);
  }

  /** The packed bias with zeros for the keys. */
  #bias(): Tensor {
    const features = this.#qkvBias.shape[0]! / 3;
    const [ones, zeros] = [tf.ones([features]), tf.zeros([features])];
    return this.#qkvBias.value.mul(tf.concat([ones, zeros, ones]));
  }

  /** [heads, T, T]: 16 sigmoid of what the table's entries are mapped to. */
  #positionBias(): Tensor {
    const size = this.#window;
    const [first, second] = this.#positions;
    const table = tf.tensor2d(relativePositionTable(size), [(2 * size - 1) ** 2, 2]);
    const byPosition = second.forward(first.forward(table)).sigmoid().mul(16);
    const index = tf.tensor1d(relativePositionIndex(size), "int32");
    return tf.gather(byPosition, index).transpose()
      .reshape([this.#heads, size * size, size * size]);
  }
}

/** [W, T, T]: 0 between tokens of one region, a large negative number between others. */
function maskOf({ regions, windows }: { regions: Int32Array; windows: number }): Tensor {
  const byWindow = tf.tensor2d(regions, [windows, regions.length / windows], "int32");
  return byWindow.expandDims(1).notEqual(byWindow.expandDims(2)).cast("float32").mul(APART);
}
