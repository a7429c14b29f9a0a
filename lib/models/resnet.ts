/** Residual networks that normalise after each convolution. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Linear,
  NormalisedConvolution,
  Sequential,
  type WeightDistribution,
} from "../layers/mod.ts";
import { globalAveragePool, maxPool } from "../tensorflow/mod.ts";
import { Network, type NetworkContext } from "./network.ts";
import { ResidualBlock, type ShortcutKind } from "./residual_block.ts";

/** What one author's residual networks have in common. */
interface Variant {
  /** Planes of each stage; every stage but the first halves the map. */
  planes: readonly number[];
  /** ImageNet's stem is a 7x7 convolution of stride 2 and a max pool 3x3 of stride 2, CIFAR's a 3x3 convolution. */
  stem: "cifar" | "imageNet";
  shortcut: ShortcutKind;
  /** PyTorch's name of the last layer. */
  head: string;
  distribution: WeightDistribution;
  headDistribution: WeightDistribution;
}

const variants = {
  // github.com/akamaster/pytorch_resnet_cifar10, resnet.py
  akamaster: {
    planes: [16, 32, 64],
    stem: "cifar",
    shortcut: "subsample",
    head: "linear",
    distribution: "kaimingNormalFanIn",
    headDistribution: "kaimingNormalFanIn",
  },
  // github.com/P2333/Bag-of-Tricks-for-AT, models/resnet.py
  p2333: {
    planes: [64, 128, 256, 512],
    stem: "cifar",
    shortcut: { projection: "shortcut" },
    head: "linear",
    distribution: "default",
    headDistribution: "default",
  },
  // torchvision/models/resnet.py
  torchvision: {
    planes: [64, 128, 256, 512],
    stem: "imageNet",
    shortcut: { projection: "downsample" },
    head: "fc",
    distribution: "kaimingNormalFanOut",
    headDistribution: "default",
  },
} as const satisfies Record<string, Variant>;

/** How many blocks of which kind a network has. */
export interface ResNetDepth {
  variant: keyof typeof variants;
  block: "basic" | "bottleneck";
  /** Blocks of each stage. */
  blocks: readonly number[];
}

/**
 * A stem, stages of {@linkcode ResidualBlock}s, the mean of each map and a linear layer (A.1.3).
 *
 * The authors whose code the paper names pool over fixed sizes that fit 32x32 images; here the whole map is pooled, which is
 * the same at 32x32, and what the parameters of the paper's networks for TinyImageNet imply.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class ResNet extends Network {
  readonly #stem: NormalisedConvolution;
  readonly #pooled: boolean;
  readonly #stages: readonly Sequential[];
  readonly #head: Linear;

  constructor(
    { classes, inputShape: [, , channels], initialiser }: NetworkContext,
    depth: ResNetDepth,
  ) {
    super();
    const variant: Variant = variants[depth.variant];
    this.#pooled = variant.stem === "imageNet";
    const width = variant.planes[0]!;
    const convolution = new Convolution(channels, width, this.#pooled ? 7 : 3, {
      stride: this.#pooled ? 2 : 1,
      padding: this.#pooled ? 3 : 1,
      bias: false,
      distribution: variant.distribution,
      initialiser: initialiser.for("conv1"),
    });
    this.#stem = new NormalisedConvolution(
      this.child("conv1", convolution),
      this.child("bn1", new BatchNorm(width, { activation: "relu" })),
    );
    const expansion = ResidualBlock.expansion[depth.block];
    this.#stages = variant.planes.map((planes, i) => {
      const name = `layer${i + 1}`;
      const into = i === 0 ? width : variant.planes[i - 1]! * expansion;
      const blocks = stage(depth.block, {
        into,
        planes,
        count: depth.blocks[i]!,
        stride: i === 0 ? 1 : 2,
        variant,
        initialiser: initialiser.for(name),
      });
      return this.child(name, new Sequential(blocks));
    });
    this.#head = this.child(
      variant.head,
      new Linear(variant.planes.at(-1)! * expansion, classes, {
        distribution: variant.headDistribution,
        initialiser: initialiser.for(variant.head),
      }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    let h = this.#stem.forward(x, options);
    if (this.#pooled) h = maxPool(h, 3, { stride: 2, padding: 1 });
    h = this.#stages.reduce((h, stage) => stage.forward(h, options), h);
    return globalAveragePool(h);
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}

/** The blocks of one stage; the first one has the stride and the change of channels. */
function stage(block: ResNetDepth["block"], options: {
  into: number;
  planes: number;
  count: number;
  stride: number;
  variant: Variant;
  initialiser: Initialiser;
}): ResidualBlock[] {
  const { into, planes, count, stride, variant, initialiser } = options;
  const out = planes * ResidualBlock.expansion[block];
  return Array.from(
    { length: count },
    (_, i) =>
      new ResidualBlock(block, { into: i === 0 ? into : out, planes }, {
        stride: i === 0 ? stride : 1,
        shortcut: variant.shortcut,
        distribution: variant.distribution,
        initialiser: initialiser.for(String(i)),
      }),
  );
}
