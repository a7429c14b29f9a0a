/** Densely connected networks. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Module,
} from "../layers/mod.ts";
import { averagePool, maxPool, tf } from "../tensorflow/mod.ts";
import { Encoder } from "./encoder.ts";

/** A member of the family. */
export interface DenseNetSize {
  /** Channels of the stem. */
  stem: number;
  /** Channels that each layer adds. */
  growth: number;
  /** Layers of each block. */
  blocks: readonly number[];
}

/** The members, by torchvision's names. */
export const denseNetSizes: Readonly<Record<string, DenseNetSize>> = {
  densenet121: { stem: 64, growth: 32, blocks: [6, 12, 24, 16] },
  densenet161: { stem: 96, growth: 48, blocks: [6, 12, 36, 24] },
  densenet169: { stem: 64, growth: 32, blocks: [6, 12, 32, 32] },
  densenet201: { stem: 64, growth: 32, blocks: [6, 12, 48, 32] },
};

/** Channels between the two convolutions of a layer, for each that it adds (torchvision's `bn_size`). */
const BOTTLENECK = 4;

/**
 * DenseNet's features with torchvision's layers, names and initial values: a stem that pools, and blocks of layers each of
 * which adds channels to all those before it; transitions between the blocks halve channels and sides.
 *
 * The maps are what segmentation_models_pytorch takes: those of a transition after its normalisation and ReLU, and the last
 * one after its normalisation, without ReLU.
 */
export class DenseNetEncoder extends Encoder {
  override readonly channels: readonly number[];
  readonly #stem: ConvNorm;
  readonly #blocks: readonly (readonly DenseLayer[])[];
  readonly #transitions: readonly Transition[];
  readonly #last: BatchNorm;

  /** @param into Channels of the images */
  constructor(into: number, { stem, growth, blocks }: DenseNetSize, initialiser: Initialiser) {
    super();
    const add = <M extends Module>(name: string, make: (initialiser: Initialiser) => M) =>
      this.child(`features.${name}`, make(initialiser.for(`features.${name}`)));
    this.#stem = new ConvNorm(
      add(
        "conv0",
        (initialiser) =>
          new Convolution(into, stem, 7, { ...filters(initialiser), stride: 2, padding: 3 }),
      ),
      add("norm0", () => new BatchNorm(stem, { activation: "relu" })),
    );
    const layers: DenseLayer[][] = [];
    const transitions: Transition[] = [];
    const ends: number[] = [];
    let channels = stem;
    blocks.forEach((count, block) => {
      layers.push(Array.from({ length: count }, (_, i) => {
        const name = `denseblock${block + 1}.denselayer${i + 1}`;
        const from = channels + i * growth;
        return add(name, (initialiser) => new DenseLayer(from, growth, initialiser));
      }));
      channels += count * growth;
      ends.push(channels);
      if (block === blocks.length - 1) return;
      const name = `transition${block + 1}`;
      transitions.push(add(name, (initialiser) => new Transition(channels, initialiser)));
      channels /= 2;
    });
    this.channels = ends;
    this.#blocks = layers;
    this.#transitions = transitions;
    this.#last = add("norm5", () => new BatchNorm(channels));
  }

  override maps(x: Tensor, options: ForwardOptions): Tensor[] {
    let h: Tensor = maxPool(this.#stem.forward(x, options), 3, { stride: 2, padding: 1 });
    return this.#blocks.map((layers, block) => {
      for (const layer of layers) h = tf.concat([h, layer.forward(h, options)], 3);
      const transition = this.#transitions[block];
      if (transition === undefined) return this.#last.forward(h, options);
      const feature = transition.norm.forward(h, options);
      h = transition.forward(feature);
      return feature;
    });
  }
}

/** Normalisation, ReLU and 1x1 convolution, and the same with a 3x3 convolution: what a layer adds. */
class DenseLayer extends Module {
  readonly #norm: BatchNorm;
  readonly #inner: ConvNorm;
  readonly #outer: Convolution;

  constructor(into: number, growth: number, initialiser: Initialiser) {
    super();
    const inner = BOTTLENECK * growth;
    this.#norm = this.child("norm1", new BatchNorm(into, { activation: "relu" }));
    const squeeze = new Convolution(into, inner, 1, filters(initialiser.for("conv1")));
    this.#inner = new ConvNorm(
      this.child("conv1", squeeze),
      this.child("norm2", new BatchNorm(inner, { activation: "relu" })),
    );
    const options = { ...filters(initialiser.for("conv2")), padding: 1 };
    this.#outer = this.child("conv2", new Convolution(inner, growth, 3, options));
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const inner = this.#inner.forward(this.#norm.forward(x, options), options);
    return this.#outer.forward(inner);
  }
}

/** What follows a block but the last: normalisation with ReLU; then a 1x1 convolution to half of the channels, and means. */
class Transition extends Module {
  readonly norm: BatchNorm;
  readonly #convolution: Convolution;

  constructor(channels: number, initialiser: Initialiser) {
    super();
    this.norm = this.child("norm", new BatchNorm(channels, { activation: "relu" }));
    const options = filters(initialiser.for("conv"));
    this.#convolution = this.child("conv", new Convolution(channels, channels / 2, 1, options));
  }

  /** What comes after the normalisation. */
  override forward(normalised: Tensor): Tensor {
    return averagePool(this.#convolution.forward(normalised), 2);
  }
}

function filters(initialiser: Initialiser) {
  return { bias: false, distribution: "kaimingNormalFanIn", initialiser } as const;
}
