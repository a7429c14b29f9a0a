/** Cutting maps into square windows and putting them together again, each as one differentiable step. */
import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { differentiable } from "./kernel.ts";
import { tf } from "./load.ts";
import * as op from "./ops/mod.ts";

const BLOCKS = [0, 1, 3, 2, 4, 5];

/** How a map is cut. */
export interface Windowing {
  /** Side of a window. */
  size: number;
  /** Rows and columns by which the padded map is rolled up and to the left first. */
  shift: readonly [rows: number, columns: number];
}

/**
 * The map's windows: zeros are added below and on the right up to a multiple of the window, the map is rolled by the shift,
 * and windows follow each other row by row.
 *
 * @param x [N, H, W, C]
 * @returns [N windows, size size, C]
 */
export function partitionWindows(x: Tensor, windowing: Windowing): Tensor3D {
  const shape = x.shape as MapShape;
  return differentiable({ x }, () => ({
    value: cut(x, windowing),
    saved: {},
    gradients: (dy) => ({ x: () => assemble(dy, shape, windowing) }),
  })) as Tensor3D;
}

/**
 * The inverse of {@linkcode partitionWindows}.
 *
 * @param windows [N windows, size size, C]
 * @param shape [N, H, W, C] of the result
 */
export function mergeWindows(windows: Tensor, shape: MapShape, windowing: Windowing): Tensor4D {
  return differentiable({ windows }, () => ({
    value: assemble(windows, shape, windowing),
    saved: {},
    gradients: (dy) => ({ windows: () => cut(dy, windowing) }),
  })) as Tensor4D;
}

/** [N, H, W, C]. */
export type MapShape = [count: number, height: number, width: number, channels: number];

function roll(x: Tensor, [rows, columns]: readonly [number, number]): Tensor {
  if (rows === 0 && columns === 0) return x;
  return op.roll(x, [rows, columns], [1, 2]);
}

function cut(x: Tensor, { size, shift: [rows, columns] }: Windowing): Tensor {
  const [count, height, width, channels] = x.shape as MapShape;
  return tf.tidy(() => {
    const [down, across] = [Math.ceil(height / size), Math.ceil(width / size)];
    const padding: [number, number][] = [
      [0, 0],
      [0, down * size - height],
      [0, across * size - width],
      [0, 0],
    ];
    const padded = padding.flat().some((zeros) => zeros > 0) ? op.pad(x, padding) : x;
    const rolled = roll(padded, [-rows, -columns]);
    const blocks = rolled.reshape([count, down, size, across, size, channels]);
    return op.transpose(blocks, BLOCKS)
      .reshape([count * down * across, size * size, channels]);
  });
}

function assemble(windows: Tensor, shape: MapShape, { size, shift }: Windowing): Tensor {
  const [count, height, width, channels] = shape;
  return tf.tidy(() => {
    const [down, across] = [Math.ceil(height / size), Math.ceil(width / size)];
    const blocks = windows.reshape([count, down, across, size, size, channels]);
    const padded = op.transpose(blocks, BLOCKS)
      .reshape([count, down * size, across * size, channels]);
    const rolled = roll(padded, shift);
    if (rolled.shape[1] === height && rolled.shape[2] === width) return rolled;
    return op.slice(rolled, [0, 0, 0, 0], shape);
  });
}
