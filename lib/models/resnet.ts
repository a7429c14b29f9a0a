/** Residual networks that normalise after each convolution. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  BatchNorm,
  ConvNorm,
  Convolution,
  type ForwardOptions,
  type Initialiser,
  Sequential,
  type WeightDistribution,
} from "../layers/mod.ts";
import { globalAveragePool, maxPool } from "../tensorflow/mod.ts";
import { Encoder } from "./encoder.ts";
import { HeadedNetwork } from "./headed_network.ts";
import type { NetworkContext } from "./network.ts";
import { ResidualBlock, type ShortcutKind } from "./residual_block.ts";
import { type BlockKind, type Cardinality, EXPANSION } from "./residual_layers.ts";

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
  // avalanche-lib 0.6.0, models/slim_resnet18.py: the "ResNet18" of the Continual Learning Baselines
  slim: {
    planes: [20, 40, 80, 160],
    stem: "cifar",
    shortcut: { projection: "shortcut" },
    head: "linear",
    distribution: "default",
    headDistribution: "default",
  },
  // avalanche-lib 0.6.0, models/resnet32.py, which is FACIL's
  facil: {
    planes: [16, 32, 64],
    stem: "cifar",
    shortcut: { projection: "downsample" },
    head: "fc",
    distribution: "kaimingNormalFanOut",
    headDistribution: "default",
  },
} as const satisfies Record<string, Variant>;

/** How many blocks of which kind a network has. */
export interface ResNetDepth {
  variant: keyof typeof variants;
  block: BlockKind;
  /** Blocks of each stage. */
  blocks: readonly number[];
  /** The groups of ResNeXt's bottlenecks; none unless given. */
  cardinality?: Cardinality;
}

/** A stem and stages of {@linkcode ResidualBlock}s: a residual network without what comes after its last map. */
export class ResNetBody extends Encoder {
  /** Channels of the maps of each stage. */
  override readonly channels: readonly number[];
  readonly #stem: ConvNorm;
  readonly #pooled: boolean;
  readonly #stages: readonly Sequential[];

  /** @param into Channels of the images */
  constructor(into: number, depth: ResNetDepth, initialiser: Initialiser) {
    super();
    const variant: Variant = variants[depth.variant];
    this.#pooled = variant.stem === "imageNet";
    const width = variant.planes[0]!;
    const convolution = new Convolution(into, width, this.#pooled ? 7 : 3, {
      stride: this.#pooled ? 2 : 1,
      padding: this.#pooled ? 3 : 1,
      bias: false,
      distribution: variant.distribution,
      initialiser: initialiser.for("conv1"),
    });
    this.#stem = new ConvNorm(
      this.child("conv1", convolution),
      this.child("bn1", new BatchNorm(width, { activation: "relu" })),
    );
    const expansion = EXPANSION[depth.block];
    this.channels = variant.planes.map((planes) => planes * expansion);
    this.#stages = variant.planes.map((planes, i) => {
      const name = `layer${i + 1}`;
      const blocks = stage(depth, {
        into: i === 0 ? width : this.channels[i - 1]!,
        planes,
        count: depth.blocks[i]!,
        stride: i === 0 ? 1 : 2,
        initialiser: initialiser.for(name),
      });
      return this.child(name, new Sequential(blocks));
    });
  }

  override maps(x: Tensor, options: ForwardOptions): Tensor[] {
    let h = this.#stem.forward(x, options);
    if (this.#pooled) h = maxPool(h, 3, { stride: 2, padding: 1 });
    return this.#stages.map((stage) => h = stage.forward(h, options));
  }
}

/**
 * A stem, stages of {@linkcode ResidualBlock}s, the mean of each map and a linear layer (A.1.3).
 *
 * The authors whose code the paper names pool over fixed sizes that fit 32x32 images; here the whole map is pooled, which is
 * the same at 32x32, and what the parameters of the paper's networks for TinyImageNet imply.
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class ResNet extends HeadedNetwork {
  readonly #body: ResNetBody;

  constructor(context: NetworkContext, depth: ResNetDepth) {
    super();
    const { inputShape: [, , channels], initialiser } = context;
    this.#body = this.child("", new ResNetBody(channels, depth, initialiser));
    const { head, headDistribution: distribution } = variants[depth.variant];
    this.addHead(head, this.#body.channels.at(-1)!, { context, distribution });
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    return globalAveragePool(this.#body.forward(x, options));
  }
}

/** The blocks of one stage; the first one has the stride and the change of channels. */
function stage(depth: ResNetDepth, options: {
  into: number;
  planes: number;
  count: number;
  stride: number;
  initialiser: Initialiser;
}): ResidualBlock[] {
  const { into, planes, count, stride, initialiser } = options;
  const { shortcut, distribution } = variants[depth.variant];
  const out = planes * EXPANSION[depth.block];
  return Array.from(
    { length: count },
    (_, i) =>
      new ResidualBlock(depth.block, { into: i === 0 ? into : out, planes }, {
        stride: i === 0 ? stride : 1,
        cardinality: depth.cardinality,
        shortcut,
        distribution,
        initialiser: initialiser.for(String(i)),
      }),
  );
}
