/** Convolutional layer. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  averagedConvolution,
  convolution,
  type ConvolutionOptions,
  groupedConvolution,
  pooledConvolution,
  tellPart,
} from "../tensorflow/mod.ts";
import type { Affine } from "./batch_norm.ts";
import { drawWeights, type Initialiser, type WeightDistribution } from "./initialisation.ts";
import { filterLayout, sameLayout } from "./layout.ts";
import { Module, StoredVariable } from "./module.ts";

/** What {@linkcode Convolution} takes. */
export interface ConvolutionLayerOptions extends ConvolutionOptions {
  /** Side of the windows of a max pooling after the activation; none unless given. */
  maxPool?: number;
  /** The same of an average pooling. */
  averagePool?: number;
  /** Groups of channels, each of which sees its own group of the input alone; 1 unless given. */
  groups?: number;
  /** Whether a bias is added; true unless given. */
  bias?: boolean;
  /** Whether the bias starts at 0 instead of PyTorch's default. */
  zeroBias?: boolean;
  /** How the filters are drawn; PyTorch's default unless given. */
  distribution?: WeightDistribution;
  initialiser: Initialiser;
}

/** A two-dimensional convolution, and the pooling and activation that follow it (PyTorch's `Conv2d`). */
export class Convolution extends Module {
  readonly #weight: StoredVariable;
  readonly #bias: StoredVariable | undefined;
  readonly #options: ConvolutionOptions;
  readonly #maxPool: number | undefined;
  readonly #averagePool: number | undefined;
  /** Of channels that see each other. */
  readonly groups: number;

  /**
   * @param into Channels of the input
   * @param out Channels of the output
   * @param kernel Side of the filters, or their height and width
   */
  constructor(
    into: number,
    out: number,
    kernel: number | readonly [height: number, width: number],
    options: ConvolutionLayerOptions,
  ) {
    super();
    const {
      initialiser,
      maxPool,
      averagePool,
      groups = 1,
      bias = true,
      zeroBias = false,
      distribution = "default",
      ...convolutionOptions
    } = options;
    this.groups = groups;
    this.#options = convolutionOptions;
    this.#maxPool = maxPool;
    this.#averagePool = averagePool;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const depth = into / groups;
    // PyTorch counts the outputs of all groups in the fan-out.
    const fans = { fanIn: depth * height * width, fanOut: out * height * width };
    this.#weight = this.parameter(
      "weight",
      new StoredVariable(
        drawWeights(initialiser.for("weight"), distribution, { size: out * fans.fanIn, ...fans }),
        filterLayout(out, depth, height, width),
      ),
    );
    if (bias) {
      this.#bias = this.parameter(
        "bias",
        new StoredVariable(
          zeroBias
            ? new Float32Array(out)
            : initialiser.for("bias").uniformByFanIn(out, fans.fanIn),
          sameLayout([out]),
        ),
      );
    }
  }

  /** [N, H, W, in] to [N, H', W', out]. */
  override forward(x: Tensor): Tensor {
    return this.#run(x, this.#weight.value, this.#bias?.value);
  }

  /**
   * The layer applied to `scale * x + shift`, which is never computed: both go into the filters and the bias.
   *
   * @param affine scale and shift, [in] each
   * @throws {RangeError} for a padded convolution, whose zeros are neither scaled nor shifted
   */
  forwardAffine({ x, scale, shift }: Affine): Tensor {
    const { padding = 0 } = this.#options;
    if (padding !== 0 && String(padding) !== "0,0") {
      throw new RangeError(
        `Cannot fold scale and shift into a convolution with padding ${padding}`,
      );
    }
    const weight = this.#weight.value;
    const into = [1, 1, weight.shape[2]!, 1];
    const scaled = weight.mul(scale.reshape(into));
    const shifted = weight.mul(shift.reshape(into)).sum([0, 1, 2]);
    return this.#run(x, scaled, this.#bias ? this.#bias.value.add(shifted) : shifted);
  }

  /** What a normalisation after this convolution is folded into. */
  get weight(): StoredVariable {
    return this.#weight;
  }

  /** How the window moves. */
  get window(): ConvolutionOptions {
    return this.#options;
  }

  #run(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    return tellPart(this, x, () => {
      if (this.#maxPool !== undefined) {
        return pooledConvolution(x, weight, bias, this.#maxPool, this.#options);
      }
      if (this.#averagePool !== undefined) {
        return averagedConvolution(x, weight, bias, this.#averagePool, this.#options);
      }
      const convolve = this.groups > 1 ? groupedConvolution : convolution;
      return convolve(x, weight, bias, this.#options);
    });
  }
}
