/** What dense predictions are made from: a network's maps at several sizes. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type ForwardOptions, Module } from "../layers/mod.ts";

/** A network without what comes after its last map. */
export abstract class Encoder extends Module {
  /** Channels of each of the {@linkcode maps}. */
  abstract readonly channels: readonly number[];

  /** Maps of `x`, each of half the side of the one before; the first is a quarter of the images where the stem pools. */
  abstract maps(x: Tensor, options: ForwardOptions): Tensor[];

  /** The last of the {@linkcode maps}. */
  override forward(x: Tensor, options: ForwardOptions): Tensor {
    return this.maps(x, options).at(-1)!;
  }
}
