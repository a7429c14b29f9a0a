/** Multi-head attention over packed queries, keys and values, as one differentiable step. */
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-node-gpu";
import { integer, number } from "./constants.ts";
import { attr, differentiable, NATIVE, onGpu, run, runMany } from "./kernel.ts";
import { tf } from "./load.ts";
import { tellProduct } from "./observed.ts";
import * as op from "./ops/mod.ts";

const T = [attr.type("T", "float32")];
const FIRST_TRANSPOSED = [...T, attr.bool("adj_x", true)];
const SECOND_TRANSPOSED = [...T, attr.bool("adj_y", true)];
const SOFTMAX = onGpu ? { op: "Softmax", attributes: T } : {
  op: "_MklSoftmax",
  attributes: [...T, NATIVE],
};
const PACKED_FIRST = [2, 0, 3, 1, 4];
const PACKED_INSIDE = [1, 3, 0, 2, 4];
const HEADS_SWAPPED = [0, 2, 1, 3];

/**
 * `softmax(q k^T / sqrt(d)) v` for each head (PyTorch's `scaled_dot_product_attention`).
 *
 * @param qkv [N, T, 3 heads d]: queries, keys, values, each head after head
 * @returns [N, T, heads d]
 */
export function attention(qkv: Tensor, heads: number): Tensor3D {
  const [, , width] = qkv.shape as [number, number, number];
  const scale = 1 / Math.sqrt(width / 3 / heads);
  return differentiable({ qkv }, () => {
    const [queries, k, v] = splitHeads(qkv, heads) as [Tensor, Tensor, Tensor];
    const q = op.mul(queries, number(scale));
    const products = multiplyKeys(q, k);
    const p = softmax(products);
    const value = mergeHeads(multiplyValues(p, v));
    return {
      value,
      saved: { q, k, v, p, value },
      gradients: (dy, { q, k, v, p, value }) => {
        const dqkv = tf.tidy(() => {
          const { ds, dv } = throughSoftmax(dy, v, p, value);
          const dq = op.mul(run("BatchMatMulV2", T, [ds, k]), number(scale));
          const dk = run("BatchMatMulV2", FIRST_TRANSPOSED, [ds, q]);
          return packHeads(op.stack([dq, dk, dv]), qkv.shape);
        });
        return { qkv: () => dqkv };
      },
    };
  }) as Tensor3D;
}

/** Below this norm a vector is divided by it instead of its own norm (PyTorch's `normalize`). */
const SMALLEST_NORM = 1e-12;

/**
 * `softmax(scale cos(q, k) + bias) v` for each head: the attention of Swin Transformer V2.
 *
 * @param qkv [B, T, 3 heads d]: queries, keys, values, each head after head
 * @param scale [heads]
 * @param bias [heads, T, T]
 * @param mask [W, T, T], added to the bias for every W windows of the batch in turn; not differentiable
 * @returns [B, T, heads d]
 */
export function cosineAttention(
  qkv: Tensor,
  scale: Tensor,
  bias: Tensor,
  mask?: Tensor,
): Tensor3D {
  const [heads, tokens] = bias.shape as [number, number, number];
  const count = qkv.shape[0]!;
  return differentiable({ qkv, scale, bias }, () => {
    const packed = op.transpose(asHeads(qkv, heads), PACKED_FIRST);
    const [qk, v] = splitAfter(packed, 2);
    // Queries are divided by their norms and multiplied by the scale, keys divided by their norms.
    const scales = tf.stack([scale, tf.onesLike(scale)]).reshape([2, 1, heads, 1, 1]);
    const squares = op.rowSum(op.square(qk));
    const norms = op.rsqrt(op.maximum(squares, number(SMALLEST_NORM ** 2)));
    const factors = op.mul(norms, scales);
    const scaled = op.mul(qk, factors);
    const [q, k] = unpackPair(scaled);
    const cosines = multiplyKeys(q, k);
    const windows = mask?.shape[0] ?? 1;
    const added = mask === undefined ? bias : mask.expandDims(1).add(bias);
    const logits = op.add(
      cosines.reshape([count / windows, windows * heads, tokens, tokens]),
      added.reshape([1, windows * heads, tokens, tokens]),
    );
    const p = softmax(logits).reshape(cosines.shape);
    const value = mergeHeads(multiplyValues(p, v));
    return {
      value,
      saved: { scaled, v, p, value, factors, scales, scale },
      gradients: (dy, { scaled, v, p, value, factors, scales, scale }) => {
        const { dqkv, dscale, dbias } = tf.tidy(() => {
          const { ds, dv } = throughSoftmax(dy, v, p, value);
          const [q, k] = unpackPair(scaled);
          const dq = run("BatchMatMulV2", T, [ds, k]);
          const dk = run("BatchMatMulV2", FIRST_TRANSPOSED, [ds, q]);
          const dscaled = tf.stack([dq, dk]);
          // Along the vector itself a change is undone by the norm: that part is taken out.
          const along = op.rowSum(op.mul(dscaled, scaled));
          const projected = op.mul(scaled, along.div(scales.square()));
          const dqk = op.mul(op.sub(dscaled, projected), factors);
          const [alongQueries] = unpackPair(along);
          return {
            dqkv: packHeads(tf.concat([dqk, dv.expandDims(0)]), qkv.shape),
            dscale: alongQueries.sum([0, 2, 3]).div(scale),
            dbias: op.columnSum(ds.reshape([count, -1])).reshape(bias.shape),
          };
        });
        return { qkv: () => dqkv, scale: () => dscale, bias: () => dbias };
      },
    };
  }) as Tensor3D;
}

/** [N, heads, T, T]. */
function multiplyKeys(q: Tensor, k: Tensor): Tensor {
  const products = run("BatchMatMulV2", SECOND_TRANSPOSED, [q, k]);
  tellProduct("attention", q, products, q.shape[3]!);
  return products;
}

/** [N, heads, T, d]. */
function multiplyValues(p: Tensor, v: Tensor): Tensor {
  const sums = run("BatchMatMulV2", T, [p, v]);
  tellProduct("attention", p, sums, v.shape[2]!);
  return sums;
}

function softmax(logits: Tensor): Tensor {
  return run(SOFTMAX.op, SOFTMAX.attributes, [logits]);
}

/** [N, T, 3 heads d] to [N, T, 3, heads, d]. */
function asHeads(qkv: Tensor, heads: number): Tensor {
  const [count, tokens, width] = qkv.shape as [number, number, number];
  return qkv.reshape([count, tokens, 3, heads, width / 3 / heads]);
}

/** [N, T, 3 heads d] to three tensors [N, heads, T, d]. */
function splitHeads(qkv: Tensor, heads: number): Tensor[] {
  const packed = op.transpose(asHeads(qkv, heads), PACKED_FIRST);
  return runMany("Unpack", [...T, attr.int("num", 3), attr.int("axis", 0)], [packed], 3);
}

/** The inverse of {@linkcode splitHeads} on stacked tensors: [3, N, heads, T, d] to `shape`. */
function packHeads(packed: Tensor, shape: number[]): Tensor {
  return op.transpose(packed, PACKED_INSIDE).reshape(shape);
}

/** [2, ...] to two tensors [...]. */
function unpackPair(pair: Tensor): [Tensor, Tensor] {
  const attributes = [...T, attr.int("num", 2), attr.int("axis", 0)];
  return runMany("Unpack", attributes, [pair], 2) as [Tensor, Tensor];
}

/** The first `count` entries of a stack, and the one that is left. */
function splitAfter(stack: Tensor, count: number): [Tensor, Tensor] {
  const attributes = [...T, attr.type("Tlen", "int32"), attr.int("num_split", 2)];
  const sizes = tf.tensor1d([count, 1], "int32");
  const [first, last] = runMany("SplitV", attributes, [stack, sizes, integer(0)], 2);
  return [first!, last!.squeeze([0])];
}

/** [N, heads, T, d] to [N, T, heads d]. */
function mergeHeads(x: Tensor): Tensor {
  const [count, heads, tokens, width] = x.shape as [number, number, number, number];
  return op.transpose(x, HEADS_SWAPPED).reshape([count, tokens, heads * width]);
}

/**
 * The gradients by the logits and the values of `value = softmax(logits) v`: with o the output, dp = do v^T and
 * ds = p (dp - sum of do o over the head's width).
 */
function throughSoftmax(dy: Tensor, v: Tensor, p: Tensor, value: Tensor) {
  const [count, heads, tokens, width] = v.shape as [number, number, number, number];
  const byHead = [count, tokens, heads, width];
  const dyHeads = dy.reshape(byHead);
  const sums = op.rowSum(op.mul(dyHeads, value.reshape(byHead)));
  const dout = op.transpose(dyHeads, HEADS_SWAPPED);
  const dp = run("BatchMatMulV2", SECOND_TRANSPOSED, [dout, v]);
  const centred = op.sub(dp, op.transpose(sums, HEADS_SWAPPED));
  return {
    ds: op.mul(p, centred),
    dv: run("BatchMatMulV2", FIRST_TRANSPOSED, [p, dout]),
  };
}
