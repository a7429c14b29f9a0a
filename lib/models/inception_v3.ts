/** Inception v3 for small images. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type ConvNorm,
  Dropout,
  type ForwardOptions,
  type Initialiser,
  Linear,
  Module,
} from "../layers/mod.ts";
import { averagePool, globalAveragePool } from "../tensorflow/mod.ts";
import { basicConvolution, type Branch, DEVIATION, InceptionBlock } from "./inception_block.ts";
import { Network, type NetworkContext, type Outputs, unfitImages } from "./network.ts";

/** A (35x35 maps in the original): `pooled` channels after the pooling. */
const blockA = (pooled: number): readonly Branch[] => [
  { units: [{ name: "branch1x1", out: 64, kernel: 1 }] },
  {
    units: [
      { name: "branch5x5_1", out: 48, kernel: 1 },
      { name: "branch5x5_2", out: 64, kernel: 5 },
    ],
  },
  {
    units: [
      { name: "branch3x3dbl_1", out: 64, kernel: 1 },
      { name: "branch3x3dbl_2", out: 96, kernel: 3 },
      { name: "branch3x3dbl_3", out: 96, kernel: 3 },
    ],
  },
  { pool: "average", units: [{ name: "branch_pool", out: pooled, kernel: 1 }] },
];

/** B halves the map. */
const BLOCK_B: readonly Branch[] = [
  { units: [{ name: "branch3x3", out: 384, kernel: 3, stride: 2 }] },
  {
    units: [
      { name: "branch3x3dbl_1", out: 64, kernel: 1 },
      { name: "branch3x3dbl_2", out: 96, kernel: 3 },
      { name: "branch3x3dbl_3", out: 96, kernel: 3, stride: 2 },
    ],
  },
  { pool: "max", units: [] },
];

/** C: 7x7 convolutions as rows and columns, of `c7` channels between them. */
const blockC = (c7: number): readonly Branch[] => [
  { units: [{ name: "branch1x1", out: 192, kernel: 1 }] },
  {
    units: [
      { name: "branch7x7_1", out: c7, kernel: 1 },
      { name: "branch7x7_2", out: c7, kernel: [1, 7] },
      { name: "branch7x7_3", out: 192, kernel: [7, 1] },
    ],
  },
  {
    units: [
      { name: "branch7x7dbl_1", out: c7, kernel: 1 },
      { name: "branch7x7dbl_2", out: c7, kernel: [7, 1] },
      { name: "branch7x7dbl_3", out: c7, kernel: [1, 7] },
      { name: "branch7x7dbl_4", out: c7, kernel: [7, 1] },
      { name: "branch7x7dbl_5", out: 192, kernel: [1, 7] },
    ],
  },
  { pool: "average", units: [{ name: "branch_pool", out: 192, kernel: 1 }] },
];

/** D halves the map again. */
const BLOCK_D: readonly Branch[] = [
  {
    units: [
      { name: "branch3x3_1", out: 192, kernel: 1 },
      { name: "branch3x3_2", out: 320, kernel: 3, stride: 2 },
    ],
  },
  {
    units: [
      { name: "branch7x7x3_1", out: 192, kernel: 1 },
      { name: "branch7x7x3_2", out: 192, kernel: [1, 7] },
      { name: "branch7x7x3_3", out: 192, kernel: [7, 1] },
      { name: "branch7x7x3_4", out: 192, kernel: 3, stride: 2 },
    ],
  },
  { pool: "max", units: [] },
];

/** E: rows and columns side by side. */
const BLOCK_E: readonly Branch[] = [
  { units: [{ name: "branch1x1", out: 320, kernel: 1 }] },
  {
    units: [{ name: "branch3x3_1", out: 384, kernel: 1 }],
    split: [
      { name: "branch3x3_2a", out: 384, kernel: [1, 3] },
      { name: "branch3x3_2b", out: 384, kernel: [3, 1] },
    ],
  },
  {
    units: [
      { name: "branch3x3dbl_1", out: 448, kernel: 1 },
      { name: "branch3x3dbl_2", out: 384, kernel: 3 },
    ],
    split: [
      { name: "branch3x3dbl_3a", out: 384, kernel: [1, 3] },
      { name: "branch3x3dbl_3b", out: 384, kernel: [3, 1] },
    ],
  },
  { pool: "average", units: [{ name: "branch_pool", out: 192, kernel: 1 }] },
];

const BLOCKS: readonly [name: string, branches: readonly Branch[]][] = [
  ["Mixed_5b", blockA(32)],
  ["Mixed_5c", blockA(64)],
  ["Mixed_5d", blockA(64)],
  ["Mixed_6a", BLOCK_B],
  ["Mixed_6b", blockC(128)],
  ["Mixed_6c", blockC(160)],
  ["Mixed_6d", blockC(160)],
  ["Mixed_6e", blockC(192)],
  ["Mixed_7a", BLOCK_D],
  ["Mixed_7b", BLOCK_E],
  ["Mixed_7c", BLOCK_E],
];
/** The block whose output the auxiliary head takes. */
const BEFORE_AUXILIARY = "Mixed_6e";
/** The smallest side of which the auxiliary head's pooling leaves 4x4, one short of TinyImageNet's. */
const SMALLEST = 63;

/**
 * Inception v3 as the paper modified it for TinyImageNet (A.1.3): without the first max pooling, `Conv2d_3b_1x1`,
 * `Conv2d_4a_3x3` and the second max pooling, and with a 4x4 instead of a 5x5 convolution in the auxiliary head.
 *
 * Names, padding and initial values are those of torchvision's `Inception3`. Table 2's 23,995,504 parameters for 200 classes
 * contain those of the two convolutions that were taken out: they are registered, and nothing calls or trains them. The
 * auxiliary head is there for training alone; its loss counts `auxiliaryWeight` times (option; the paper does not say how
 * much, 0.4 is torchvision's reference training, 0.3 that of the Inception v3 paper's authors).
 *
 * Input [N, H, W, C], output logits [N, classes].
 */
export class InceptionV3 extends Network {
  /** What the auxiliary loss may count; the default first. */
  static readonly auxiliaryWeights = ["0.4", "0.3"] as const;

  readonly #stem: readonly ConvNorm[];
  readonly #blocks: ReadonlyMap<string, InceptionBlock>;
  readonly #auxiliary: AuxiliaryHead;
  readonly #auxiliaryWeight: number;
  readonly #dropout = new Dropout(0.5, "dropout");
  readonly #head: Linear;

  constructor(context: NetworkContext) {
    super();
    const { classes, inputShape: [height, width, channels], initialiser, options } = context;
    if (height < SMALLEST || width < SMALLEST) {
      throw unfitImages("Inception v3", context, `it wants ${SMALLEST}x${SMALLEST} or more`);
    }
    this.#auxiliaryWeight = Number(options["auxiliaryWeight"]);
    const convolution = (
      name: string,
      into: number,
      out: number,
      options: { kernel: number; stride?: number; padding?: number },
    ) => basicConvolution(into, out, { ...options, initialiser: initialiser.for(name) });
    const stem = (...of: Parameters<typeof convolution>) => this.child(of[0], convolution(...of));
    this.#stem = [
      stem("Conv2d_1a_3x3", channels, 32, { kernel: 3, stride: 2 }),
      stem("Conv2d_2a_3x3", 32, 32, { kernel: 3 }),
      stem("Conv2d_2b_3x3", 32, 64, { kernel: 3, padding: 1 }),
    ];
    this.unusedChild("Conv2d_3b_1x1", convolution("Conv2d_3b_1x1", 64, 80, { kernel: 1 }));
    this.unusedChild("Conv2d_4a_3x3", convolution("Conv2d_4a_3x3", 80, 192, { kernel: 3 }));
    const blocks = new Map<string, InceptionBlock>();
    let maps = 64;
    let auxiliary: AuxiliaryHead | undefined;
    for (const [name, branches] of BLOCKS) {
      const block = this.child(name, new InceptionBlock(maps, branches, initialiser.for(name)));
      blocks.set(name, block);
      maps = block.out;
      if (name === BEFORE_AUXILIARY) {
        const part = new AuxiliaryHead(maps, classes, initialiser.for("AuxLogits"));
        auxiliary = this.child("AuxLogits", part);
      }
    }
    this.#blocks = blocks;
    this.#auxiliary = auxiliary!;
    this.#head = this.child(
      "fc",
      new Linear(maps, classes, {
        distribution: { deviation: DEVIATION },
        initialiser: initialiser.for("fc"),
      }),
    );
  }

  override features(x: Tensor, options: ForwardOptions): Tensor {
    return this.#run(x, options);
  }

  override head(features: Tensor, options: ForwardOptions): Tensor {
    return this.#head.forward(this.#dropout.forward(features, options));
  }

  override outputs(x: Tensor, options: ForwardOptions): Outputs {
    let auxiliary: Tensor | undefined;
    const features = this.#run(x, options, (h) => auxiliary = this.#auxiliary.forward(h, options));
    const logits = this.head(features, options);
    return { features, logits, auxiliary: { logits: auxiliary!, weight: this.#auxiliaryWeight } };
  }

  /** @param tap Is called with what the auxiliary head takes */
  #run(x: Tensor, options: ForwardOptions, tap?: (h: Tensor) => void): Tensor {
    let h = this.#stem.reduce((h, part) => part.forward(h, options), x);
    for (const [name, block] of this.#blocks) {
      h = block.forward(h, options);
      if (name === BEFORE_AUXILIARY) tap?.(h);
    }
    return globalAveragePool(h);
  }
}

/** Means of 5x5 at stride 3, 1x1 and 4x4 convolutions, the mean over the map, a linear layer. */
class AuxiliaryHead extends Module {
  readonly #conv0: ConvNorm;
  readonly #conv1: ConvNorm;
  readonly #fc: Linear;

  constructor(into: number, classes: number, initialiser: Initialiser) {
    super();
    this.#conv0 = this.child(
      "conv0",
      basicConvolution(into, 128, { kernel: 1, initialiser: initialiser.for("conv0") }),
    );
    this.#conv1 = this.child(
      "conv1",
      basicConvolution(128, 768, { kernel: 4, initialiser: initialiser.for("conv1") }),
    );
    this.#fc = this.child(
      "fc",
      // torchvision's InceptionAux.
      new Linear(768, classes, {
        distribution: { deviation: 0.001 },
        initialiser: initialiser.for("fc"),
      }),
    );
  }

  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const pooled = averagePool(x, 5, { stride: 3 });
    const h = this.#conv1.forward(this.#conv0.forward(pooled, options), options);
    return this.#fc.forward(globalAveragePool(h));
  }
}
