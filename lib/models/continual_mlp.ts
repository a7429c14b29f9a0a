/** The fully connected networks of the Continual Learning Baselines. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Dropout, type ForwardOptions, Linear } from "../layers/mod.ts";
import { HeadedNetwork } from "./headed_network.ts";
import { checkOwnShape, type NetworkContext } from "./network.ts";

/** A hidden layer and the dropout after it. */
interface HiddenLayer {
  linear: Linear;
  dropout?: Dropout;
}

/**
 * Hidden layers of equal width, each followed by its activation and dropout, and a last layer (avalanche-lib's SimpleMLP, and
 * the helper `MLP` of github.com/ContinualAI/continual-learning-baselines, models/models_helper.py). Options: `activation` and
 * the `dropout` probability while training.
 *
 * Input [N, H, W, C], output logits [N, classes]; with heads, those of the task.
 */
export class ContinualMlp extends HeadedNetwork {
  /** What may follow a hidden layer, the default first. */
  static readonly activations = ["relu", "tanh"] as const;
  /** Probabilities that a value is dropped while training, the default first. */
  static readonly dropouts = ["0", "0.5"] as const;

  readonly #hidden: readonly HiddenLayer[];

  constructor(context: NetworkContext, { width, layers }: { width: number; layers: number }) {
    super();
    const { inputShape, initialiser, options } = context;
    this.inputShape = inputShape;
    const activation = options.activation as (typeof ContinualMlp.activations)[number];
    this.#hidden = Array.from({ length: layers }, (_, i) => {
      // The first layer, its activation and its dropout are parts 0 to 2; each later layer is one part of three.
      const name = i === 0 ? "features.0" : `features.${i + 2}.0`;
      const linear = new Linear(i === 0 ? inputShape : width, width, {
        activation,
        initialiser: initialiser.for(name),
      });
      this.child(name, linear);
      if (Number(options.dropout) === 0) return { linear };
      return {
        linear,
        dropout: this.child(`${name}.dropout`, new Dropout(Number(options.dropout), name)),
      };
    });
    this.addHead("classifier", width, { context });
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    checkOwnShape(this, x);
    return this.#hidden.reduce(
      (h, { linear, dropout }) => {
        const active = linear.forward(h);
        return dropout ? dropout.forward(active, options) : active;
      },
      x.reshape([x.shape[0]!, -1]) as Tensor,
    );
  }
}
