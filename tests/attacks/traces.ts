/** The small classifier of the golden traces: 6 inputs as an image of 1 x 2 pixels with 3 channels, 5 classes. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { Batch, Session } from "../../lib/attacks/batch.ts";
import type { RandomSource } from "../../lib/attacks/random_source.ts";
import { Victim } from "../../lib/attacks/victim.ts";
import type { Predictor } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

const [inputs, hidden, classes] = [6, 5, 5];

/** A column-major table of a function of row and column. */
function table(rows: number, columns: number, f: (row: number, column: number) => number) {
  const values = Array.from(
    { length: rows * columns },
    (_, i) => f(Math.floor(i / columns), i % columns),
  );
  return tf.keep(tf.tensor2d(values, [rows, columns]));
}

const first = table(inputs, hidden, (j, i) => Math.sin(1 + 3 * i + 7 * j));
const second = table(hidden, classes, (i, k) => 2 * Math.cos(2 + 5 * k + 3 * i));

/** h_i = tanh(sum_j sin(1 + 3 i + 7 j) (x_j - 0.5)), z_k = sum_i 2 cos(2 + 5 k + 3 i) h_i. */
export const traceModel: Predictor = (images: Tensor4D): Tensor =>
  images.reshape([-1, inputs]).sub(0.5).matMul(first).tanh().matMul(second);

/** The image: x_j = 0.5 + 0.3 sin(2 j), of class 1. */
export const traceImage = Float32Array.from(
  { length: inputs },
  (_, j) => 0.5 + 0.3 * Math.sin(2 * j),
);
export const traceLabel = 1;

/** The start that stands for a random one: t_j = cos(3 j + 1), as the uniform number (t + 1) / 2 and as the normal one. */
export const traceSource: RandomSource = {
  uniform: () => tf.tensor2d(start.map((t) => (t + 1) / 2), [1, inputs]),
  normal: () => tf.tensor2d(start, [1, inputs]),
  numbers: () => {
    throw new Error("no such numbers are drawn in the traces");
  },
};
const start = Array.from({ length: inputs }, (_, j) => Math.cos(3 * j + 1));

/** The image as a batch. */
export function traceBatch(): Batch {
  const logits = tf.tidy(() =>
    traceModel(tf.tensor4d(traceImage, [1, 1, 2, 3])).dataSync<"float32">()
  );
  return { clean: traceImage, labels: Int32Array.of(traceLabel), logits, classes };
}

/** A session whose victim also tells of every set of logits that it gives. */
export function traceSession(
  settings: Pick<Session, "norm" | "epsilon">,
  onLogits: (logits: Float32Array) => void = () => {},
): Session {
  const model: Predictor = (images) => {
    const logits = traceModel(images);
    onLogits(logits.dataSync<"float32">());
    return logits;
  };
  return {
    victim: new Victim(model, [1, 2, 3]),
    earlyStop: false,
    random: traceSource,
    pause: () => Promise.resolve(),
    ...settings,
  };
}
