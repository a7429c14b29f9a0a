/** How the same numbers are stored here and in PyTorch. */

/** A pair of layouts of one tensor: ours in TensorFlow's memory, PyTorch's in files. */
export interface Layout {
  /** Our shape. */
  readonly shape: readonly number[];
  /** PyTorch's shape. */
  readonly pyTorchShape: readonly number[];
  /** Values in PyTorch's order to values in ours. */
  fromPyTorch(values: Float32Array): Float32Array;
  /** Values in our order to values in PyTorch's. */
  toPyTorch(values: Float32Array): Float32Array;
}

/** The same order in both, e.g. biases. */
export function sameLayout(shape: readonly number[]): Layout {
  const same = (values: Float32Array) => values;
  return { shape, pyTorchShape: shape, fromPyTorch: same, toPyTorch: same };
}

/** Filters: ours [kH, kW, in, out], PyTorch's [out, in, kH, kW]. */
export function filterLayout(
  out: number,
  into: number,
  height: number,
  width: number,
): Layout {
  return permutedLayout({
    shape: [height, width, into, out],
    pyTorchShape: [out, into, height, width],
    axes: [3, 2, 0, 1],
  });
}

/** Filters of single channels: ours [kH, kW, C, 1], PyTorch's [C, 1, kH, kW]. */
export function depthwiseLayout(channels: number, height: number, width: number): Layout {
  return { ...filterLayout(channels, 1, height, width), shape: [height, width, channels, 1] };
}

/**
 * Weights of a linear layer over a flattened map: ours [H * W * C, out], PyTorch's [out, C * H * W].
 */
export function flattenedLayout(
  out: number,
  height: number,
  width: number,
  channels: number,
): Layout {
  const size = height * width * channels;
  const layout = filterLayout(out, channels, height, width);
  return { ...layout, shape: [size, out], pyTorchShape: [out, size] };
}

/** `pyTorchShape[i]` is `shape[axes[i]]`. */
function permutedLayout(options: {
  shape: readonly number[];
  pyTorchShape: readonly number[];
  axes: readonly number[];
}): Layout {
  const { shape, pyTorchShape, axes } = options;
  const inverse = shape.map((_, axis) => axes.indexOf(axis));
  return {
    shape,
    pyTorchShape,
    fromPyTorch: (values) => transpose(values, pyTorchShape, inverse),
    toPyTorch: (values) => transpose(values, shape, axes),
  };
}

/** `result[j_0, j_1, ...] = values[i]` with `i[axes[k]] = j_k`, both in row-major order, for four axes. */
function transpose(
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = [1, 1, 1, 1];
  for (let axis = 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  const [n0, n1, n2, n3] = axes.map((axis) => shape[axis]!) as [
    number,
    number,
    number,
    number,
  ];
  const [s0, s1, s2, s3] = axes.map((axis) => strides[axis]!) as [
    number,
    number,
    number,
    number,
  ];
  const result = new Float32Array(values.length);
  let at = 0;
  for (let a = 0; a < n0; a++) {
    for (let b = 0; b < n1; b++) {
      for (let c = 0; c < n2; c++) {
        let from = a * s0 + b * s1 + c * s2;
        for (let d = 0; d < n3; d++, from += s3) result[at++] = values[from]!;
      }
    }
  }
  return result;
}
