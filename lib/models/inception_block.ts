/** The blocks that Inception v3 is made of. */
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

/** A convolution of a block. */
export interface Unit {
  name: string;
  out: number;
  kernel: number | readonly [height: number, width: number];
  /** 1 unless given; with stride 2 there is no padding, otherwise as much as keeps the size. */
  stride?: 1 | 2;
}

/** A way from a block's input to a part of its output's channels. */
export interface Branch {
  /** A pooling of 3x3 before the convolutions: means at stride 1, which count the padding, or maxima at stride 2. */
  pool?: "average" | "max";
  /** Convolutions one after the other. */
  units: readonly Unit[];
  /** Convolutions side by side after them, whose outputs are concatenated. */
  split?: readonly Unit[];
}

// torchvision's Inception3.
const NORM = { epsilon: 1e-3, momentum: 0.1 };
/** Standard deviation of the weights at first (torchvision's Inception3). */
export const DEVIATION = 0.1;

/** torchvision's `BasicConv2d`: convolution without bias, batch normalisation, ReLU. */
export function basicConvolution(into: number, out: number, options: {
  kernel: number | readonly [height: number, width: number];
  stride?: number;
  padding?: number | readonly [height: number, width: number];
  initialiser: Initialiser;
}): ConvNorm {
  const { kernel, stride = 1, padding = 0, initialiser } = options;
  const convolution = new Convolution(into, out, kernel, {
    stride,
    padding,
    bias: false,
    distribution: { deviation: DEVIATION },
    initialiser: initialiser.for("conv"),
  });
  const norm = new BatchNorm(out, { ...NORM, activation: "relu" });
  return new ConvNorm(convolution, norm, { names: ["conv", "bn"] });
}

/** Branches side by side, whose outputs are concatenated in their order. */
export class InceptionBlock extends Module {
  readonly #branches: readonly {
    pool: "average" | "max" | undefined;
    units: readonly Module[];
    split: readonly Module[];
  }[];
  /** Channels of the output. */
  readonly out: number;

  constructor(into: number, branches: readonly Branch[], initialiser: Initialiser) {
    super();
    let out = 0;
    this.#branches = branches.map(({ pool, units, split = [] }) => {
      let channels = into;
      const add = (from: number, { name, out, kernel, stride = 1 }: Unit) => {
        const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
        const padding = stride === 1 ? [(height - 1) / 2, (width - 1) / 2] as const : 0;
        const options = { kernel, stride, padding, initialiser: initialiser.for(name) };
        return this.child(name, basicConvolution(from, out, options));
      };
      const made = units.map((unit) => {
        const part = add(channels, unit);
        channels = unit.out;
        return part;
      });
      const last = split.map((unit) => add(channels, unit));
      out += split.length === 0 ? channels : split.reduce((sum, unit) => sum + unit.out, 0);
      return { pool, units: made, split: last };
    });
    this.out = out;
  }

  /** [N, H, W, in] to [N, H, W, out], or to half the side where a branch has stride 2. */
  override forward(x: Tensor, options: ForwardOptions): Tensor {
    const outputs = this.#branches.flatMap(({ pool, units, split }) => {
      const y = units.reduce((h, unit) => unit.forward(h, options), pooled(x, pool));
      return split.length === 0 ? [y] : split.map((unit) => unit.forward(y, options));
    });
    return tf.concat(outputs, 3);
  }
}

function pooled(x: Tensor, pool: "average" | "max" | undefined): Tensor {
  if (pool === undefined) return x;
  return pool === "max"
    ? maxPool(x, 3, { stride: 2 })
    : averagePool(x, 3, { stride: 1, padding: 1 });
}
