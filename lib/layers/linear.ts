/** Fully connected layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { linear, type LinearActivation, tellPart } from "../tensorflow/mod.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { flattenedLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** `x W^T + b`, in PyTorch's layout of W, and the activation that follows it (PyTorch's `Linear`). */
export class Linear extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable | undefined;
  readonly #activation: LinearActivation;

  /**
   * @param into Features of the input: a number, or the [H, W, C] of the map that was flattened, whose weights PyTorch
   *   stores in the order C, H, W
   * @param out Features of the output
   */
  constructor(
    into: number | readonly [height: number, width: number, channels: number],
    out: number,
    options: {
      activation?: LinearActivation;
      /** How the weights are drawn; PyTorch's default unless given. */
      distribution?: WeightDistribution;
      /** Whether a bias is added; true unless given. */
      bias?: boolean;
      /** Whether the bias starts at 0 instead of PyTorch's default. */
      zeroBias?: boolean;
      /** The bias starts as N(0, biasDeviation^2) instead of PyTorch's default. */
      biasDeviation?: number;
      initialiser: Initialiser;
    },
  ) {
    super();
    const { activation = "none", distribution = "default", bias = true, initialiser } = options;
    this.#activation = activation;
    const map = typeof into === "number" ? [1, 1, into] as const : into;
    const features = map[0] * map[1] * map[2];
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        drawWeights(initialiser.for("weight"), distribution, {
          size: out * features,
          fanIn: features,
          fanOut: out,
        }),
        flattenedLayout(out, ...map),
      ),
    );
    if (bias) {
      const deviation = options.zeroBias ? 0 : options.biasDeviation;
      const draw = initialiser.for("bias");
      this.#bias = this.parameter(
        "bias",
        new StoredVariable(
          deviation === undefined
            ? draw.uniformByFanIn(out, features)
            : draw.normal(out, deviation),
          sameLayout([out]),
        ),
      );
    }
  }

  /** [..., in] to [..., out]. */
  override forward(x: Tensor): Tensor {
    return tellPart(this, x, (): Tensor => {
      const rows = x.rank === 2 ? x : x.reshape([-1, x.shape.at(-1)!]);
      const options = { activation: this.#activation };
      const y = linear(rows, this.#weight.value, this.#bias?.value, options);
      return x.rank === 2 ? y : y.reshape([...x.shape.slice(0, -1), y.shape[1]]);
    });
  }
}
