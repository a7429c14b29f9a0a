/** What LwF adds to the loss. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { differentiable, op, tf } from "../tensorflow/mod.ts";

/**
 * `KL(q || p)` summed over classes and divided by the batch size, where q is the teacher's and p the student's softmax of
 * logits / temperature over the given columns alone; there is no factor temperature^2. Differentiable by the student's logits.
 *
 * @param student [N, C]
 * @param teacher [N, D] of the same images; where heads grow, D may be another number than C
 * @param columns Which logits of each count
 * @returns A scalar
 * @throws {TypeError} where there are not logits of both for each image
 * @throws {RangeError} where the temperature is not above 0, or there are no such columns
 */
export function distillation(
  student: Tensor,
  teacher: Tensor,
  { columns, temperature }: { columns: readonly number[]; temperature: number },
): Tensor {
  const [count, classes] = student.shape as [number, number];
  if (student.rank !== 2 || teacher.rank !== 2 || teacher.shape[0] !== count) {
    throw new TypeError(
      `Cannot distil logits [${teacher.shape.join(", ")}] into [${student.shape.join(", ")}]: ` +
        "wanted both [N, classes]",
    );
  }
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new RangeError(`Cannot distil at a temperature of ${temperature}: give one above 0`);
  }
  const common = Math.min(classes, teacher.shape[1]!);
  if (columns.length === 0 || columns.some((c) => !Number.isInteger(c) || c < 0 || c >= common)) {
    throw new RangeError(
      `Cannot distil the logits ${columns.join(", ") || "of no class"}: give some of 0 .. ${
        common - 1
      }`,
    );
  }
  return differentiable({ student }, () => {
    const chosen = tf.tensor1d([...columns], "int32");
    // tf.gather would read the indices to check them, which a captured step cannot do.
    const scaled = (logits: Tensor) => op.gather(logits, chosen, 1).div(temperature);
    const logP = tf.logSoftmax(scaled(student));
    const logQ = tf.logSoftmax(scaled(teacher));
    const q = logQ.exp();
    return {
      value: q.mul(logQ.sub(logP)).sum().div(count),
      saved: { difference: logP.exp().sub(q) },
      gradients: (dy, { difference }) => ({
        student: () => {
          const place = tf.tensor2d(
            columns.map((column) =>
              Array.from({ length: classes }, (_, c) => Number(c === column))
            ),
          );
          return difference.matMul(place).mul(dy.div(temperature * count));
        },
      }),
    };
  });
}
