/** The fully connected network of A.1.3. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Linear } from "../layers/mod.ts";
import { inHalves } from "../tensorflow/mod.ts";
import { checkOwnShape, Network, type NetworkContext } from "./network.ts";

/** Hidden layers of the MLP (A.1.3). */
const HIDDEN = [200, 200, 200];

/**
 * Three hidden layers of 200 neurons with ReLU (A.1.3); 239,410 parameters on MNIST.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class Mlp extends Network {
  readonly #layers: readonly Linear[];

  constructor({ classes, inputShape, initialiser }: NetworkContext) {
    super();
    this.inputShape = inputShape;
    const sizes = [...HIDDEN, classes];
    this.#layers = sizes.map((size, index) => {
      const name = `fc${index + 1}`;
      return this.child(
        name,
        new Linear(index === 0 ? inputShape : sizes[index - 1]!, size, {
          activation: index < HIDDEN.length ? "relu" : "none",
          initialiser: initialiser.for(name),
        }),
      );
    });
  }

  override features(x: Tensor): Tensor {
    checkOwnShape(this, x);
    const hidden = this.#layers.slice(0, -1);
    return inHalves(
      x.reshape([x.shape[0]!, -1]),
      (flat) => hidden.reduce((h, layer) => layer.forward(h), flat),
    );
  }

  override head(features: Tensor): Tensor {
    return this.#layers.at(-1)!.forward(features);
  }
}
