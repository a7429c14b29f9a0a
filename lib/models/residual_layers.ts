/** The convolutions of residual blocks, whether they normalise before or after them. */

/** Two convolutions of 3x3, or three of 1x1, 3x3 and 1x1. */
export type BlockKind = "basic" | "bottleneck";

/** Channels of a block's output for each plane. */
export const EXPANSION: Readonly<Record<BlockKind, number>> = { basic: 1, bottleneck: 4 };

/** How many groups a bottleneck's 3x3 convolution has, and how many channels each for 64 planes: 32 and 4 in ResNeXt 32x4d. */
export interface Cardinality {
  groups: number;
  width: number;
}

/** A convolution of a block. */
export interface ResidualLayer {
  into: number;
  out: number;
  kernel: number;
  stride: number;
  groups: number;
}

/**
 * - basic: 3x3 with the stride, 3x3
 * - bottleneck: 1x1, 3x3 with the stride, 1x1 to four times the planes (ResNet v1.5); the 3x3 in groups, and wider, in ResNeXt
 */
export function residualLayers(kind: BlockKind, options: {
  into: number;
  planes: number;
  stride: number;
  cardinality?: Cardinality | undefined;
}): ResidualLayer[] {
  const { into, planes, stride, cardinality: { groups, width } = { groups: 1, width: 64 } } =
    options;
  const out = planes * EXPANSION[kind];
  if (kind === "basic") {
    return [
      { into, out: planes, kernel: 3, stride, groups: 1 },
      { into: planes, out, kernel: 3, stride: 1, groups: 1 },
    ];
  }
  const inner = groups * Math.floor(planes * width / 64);
  return [
    { into, out: inner, kernel: 1, stride: 1, groups: 1 },
    { into: inner, out: inner, kernel: 3, stride, groups },
    { into: inner, out, kernel: 1, stride: 1, groups: 1 },
  ];
}
