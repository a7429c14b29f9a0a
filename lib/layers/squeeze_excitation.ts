/** Squeeze-and-excitation: a gate per sample and channel. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { globalAveragePool, hardsigmoid, linear, scaleMaps, tellPart } from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser } from "./initialisation.ts";
import { filterLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/**
 * `x hardsigmoid(W2 relu(W1 mean(x) + b1) + b2)`, the mean over each map (torchvision's `SqueezeExcitation` with
 * hardsigmoid). PyTorch stores both matrices as 1x1 convolutions; they are drawn by fan-out, and the biases start at 0.
 */
export class SqueezeExcitation extends Module {
  readonly #squeeze: readonly [weight: StoredVariable, bias: StoredVariable];
  readonly #excite: readonly [weight: StoredVariable, bias: StoredVariable];

  /**
   * @param channels Channels of the maps
   * @param squeezed Features between the two matrices
   */
  constructor(channels: number, squeezed: number, initialiser: Initialiser) {
    super();
    this.#squeeze = this.#pointwise("fc1", channels, squeezed, initialiser);
    this.#excite = this.#pointwise("fc2", squeezed, channels, initialiser);
  }

  /** [N, H, W, C] to the same shape. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, () => {
      const [[w1, b1], [w2, b2]] = [this.#squeeze, this.#excite];
      const squeezed = linear(globalAveragePool(x), w1.value, b1.value, { activation: "relu" });
      return scaleMaps(x, hardsigmoid(linear(squeezed, w2.value, b2.value)));
    });
  }

  #pointwise(name: string, into: number, out: number, initialiser: Initialiser) {
    const weights = drawWeights(
      initialiser.for(name).for("weight"),
      "kaimingNormalFanOut",
      { size: into * out, fanIn: into, fanOut: out },
    );
    const layout = { ...filterLayout(out, into, 1, 1), shape: [into, out] };
    return [
      this.parameter(`${name}.weight`, new StoredVariable(weights, layout)),
      this.parameter(`${name}.bias`, new StoredVariable(new Float32Array(out), sameLayout([out]))),
    ] as const;
  }
}
