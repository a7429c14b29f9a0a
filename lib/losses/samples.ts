import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  compiled,
  type Differentiable,
  differentiable,
  indices,
  integer,
  isCompiled,
  isRecording,
  number,
  op,
  tf,
} from "../tensorflow/mod.ts";
import type { Loss } from "./loss.ts";
import { asColumn } from "./targets.ts";
import { total } from "./totals.ts";

/** The samples of one call of a loss; pixels are samples like any other. */
export interface Samples {
  /** The logits as rows [P, C]. */
  readonly rows: Tensor;
  /** The labels [P]. Ignored samples have label 0 here, so that no kernel meets a label out of range. */
  readonly labels: Tensor;
  /** P, the ignored samples included. */
  readonly count: number;
  /** C, the number of classes. */
  readonly classes: number;
  /** Which samples count, [P]; absent where all do. */
  readonly counted?: Tensor;
}

/** The value of a loss over samples, and how to get its gradient by their rows from what was saved, by name. */
export interface Evaluated<Saved extends Record<string, Tensor | undefined>> {
  readonly value: Tensor;
  readonly saved: Saved;
  readonly gradient: (dy: Tensor, saved: Saved) => Tensor;
}

function shown(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function checkTensors(logits: Tensor, labels: Tensor, classes: number | undefined): void {
  for (const [name, value] of Object.entries<unknown>({ logits, labels })) {
    if (value instanceof tf.Tensor && !value.isDisposed) continue;
    throw new TypeError(
      value instanceof tf.Tensor
        ? `${name} must be a tensor that is still there; this one was disposed of`
        : `${name} must be a tensor, got ${value instanceof Promise ? "a promise" : typeof value}`,
    );
  }
  const { shape } = logits;
  if (logits.dtype !== "float32" || (shape.length !== 2 && shape.length !== 4)) {
    throw new TypeError(
      `logits must be float32 of shape [N, C] or [N, H, W, C], got ${logits.dtype} ${shown(shape)}`,
    );
  }
  const wanted = shape.slice(0, -1);
  if (labels.dtype !== "int32" || shown(labels.shape) !== shown(wanted)) {
    throw new TypeError(
      `labels must be int32 of shape ${shown(wanted)} for logits of shape ${shown(shape)}, ` +
        `got ${labels.dtype} ${shown(labels.shape)}; they are class indices, not one-hot vectors`,
    );
  }
  if (shape.includes(0)) {
    throw new TypeError(`a loss needs at least one sample, got logits of shape ${shown(shape)}`);
  }
  const last = shape.at(-1)!;
  if (last < 2) {
    throw new TypeError(
      `a loss tells classes apart and needs two logits at least, got logits of shape ${
        shown(shape)
      }; ` +
        "a yes or no is two classes",
    );
  }
  if (classes !== undefined && last !== classes) {
    throw new TypeError(
      `this loss was made for ${classes} classes, so the last axis of the logits must be ${classes}, ` +
        `got shape ${shown(shape)}`,
    );
  }
}

function toSamples(logits: Tensor, labels: Tensor, ignoreLabel: number | undefined): Samples {
  const classes = logits.shape.at(-1)!;
  const rows = logits.rank === 2 ? logits : tf.reshape(logits, [-1, classes]);
  const flat = labels.rank === 1 ? labels : tf.reshape(labels, [-1]);
  const samples = { rows, labels: flat, count: flat.size, classes };
  if (ignoreLabel === undefined) return samples;
  const counted = op.notEqual(flat, integer(ignoreLabel));
  return { ...samples, counted, labels: op.where(counted, flat, integer(0)) };
}

/**
 * The weight of each sample in a mean over those that count: 1 / their number as a scalar, or as a column [P, 1] with 0 for
 * the ignored ones.
 */
export function shareOf({ count, counted }: Samples): Tensor {
  if (!counted) return number(1 / count);
  const weights = asColumn(op.cast(counted, "float32"));
  return op.divNoNan(weights, total(weights));
}

/** values times weights, where what the rows of ignored samples hold, whose weights are 0, shows nowhere. */
export function weighted(values: Tensor, weights: Tensor, { counted }: Samples): Tensor {
  return counted ? op.mulNoNan(values, weights) : op.mul(values, weights);
}

type Differentiated = Differentiable<"logits", Record<string, Tensor | undefined>>;

const everyClass = new Map<number, Tensor>();

/** The labels, looked up one by one among the classes: TensorFlow throws for one that is none, while XLA takes any. */
function checked({ labels, classes }: Samples): Tensor {
  let known = everyClass.get(classes);
  if (known === undefined) {
    known = indices(Array.from({ length: classes }, (_, c) => c));
    everyClass.set(classes, known);
  }
  return op.gather(known, labels);
}

/**
 * Makes a loss out of what it computes over rows of logits: checks and flattens what comes in, sets ignored
 * labels apart, and gives the gradient the shape of the logits.
 */
export function lossOver<Saved extends Record<string, Tensor | undefined>>(
  evaluate: (samples: Samples) => Evaluated<Saved>,
  options: { ignoreLabel?: number | undefined; classes?: number | undefined },
): Loss {
  const { ignoreLabel, classes } = options;
  if (ignoreLabel !== undefined && !Number.isInteger(ignoreLabel)) {
    throw new RangeError(`ignoreLabel must be an integer, got ${ignoreLabel}`);
  }
  // Both in one pass over the logits of many pixels, without copies of them on the way.
  const valueAndSlope = compiled("The loss", ([rows, labels, counted]) => {
    const [count, classes] = rows!.shape as [number, number];
    const samples = { rows: rows!, labels: labels!, count, classes, ...(counted && { counted }) };
    const { value, saved, gradient } = evaluate(samples);
    return [value, gradient(number(1), saved)];
  });
  const loss = (logits: Tensor, labels: Tensor) => {
    checkTensors(logits, labels, classes);
    const asLogits = (rows: Tensor) => logits.rank === 2 ? rows : tf.reshape(rows, logits.shape);
    return differentiable({ logits }, (): Differentiated => {
      const samples = toSamples(logits, labels, ignoreLabel);
      if (isRecording() && isCompiled(logits)) {
        const { rows, counted } = samples;
        const inputs = [rows, checked(samples), ...(counted ? [counted] : [])];
        const [value, slope] = valueAndSlope(inputs) as [Tensor, Tensor];
        return {
          value,
          saved: { slope },
          gradients: (dy, { slope }) => ({ logits: () => asLogits(op.mul(slope!, dy)) }),
        };
      }
      const { value, saved, gradient } = evaluate(samples);
      return {
        value,
        saved,
        gradients: (dy, kept) => ({ logits: () => asLogits(gradient(dy, kept as Saved)) }),
      };
    }) as Scalar;
  };
  return ignoreLabel === undefined ? loss : Object.assign(loss, { ignoreLabel });
}
