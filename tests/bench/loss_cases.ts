/** The losses in the benchmark: one call and its gradient, at the three shapes that matter. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import * as losses from "../../lib/losses/mod.ts";
import type { Loss } from "../../lib/losses/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { capture, tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";

/** One row of the benchmark. */
export interface LossCase {
  /** "loss/hem/128x10": the name that tests/bench/pytorch_losses.py knows too. */
  readonly name: string;
  /** Of the logits: [N, C] or [N, H, W, C]. */
  readonly shape: readonly number[];
  /** Makes logits and labels; what it returns does one forward and backward pass. */
  readonly make: () => { step: () => void; dispose: () => void };
}

// MNIST's batch, ImageNet's classes, Cityscapes' pixels and classes.
const SHAPES = [[128, 10], [128, 1000], [4, 512, 1024, 19]];

const makers: Record<string, (classCounts: number[]) => Loss> = {
  ce: () => losses.crossEntropy(),
  ln: () => losses.logitNorm(),
  la: (classCounts) => losses.logitAdjusted({ classCounts }),
  dice: () => losses.dice(),
  mm: () => losses.multiMargin(),
  hem: () => losses.highErrorMargin({ margin: 0.2 }),
  hem_plus: (classCounts) => losses.highErrorMargin({ margin: losses.hemPlusMargins(classCounts) }),
};

function imbalanced(classes: number): number[] {
  return Array.from({ length: classes }, (_, i) => Math.round(5000 * 100 ** (-i / (classes - 1))));
}

/** Standard normal numbers; of many pixels sums of those of a row and of a column, so that the device makes them where they stay. */
function normal(shape: readonly number[]): Tensor {
  if (shape.length === 2) return tf.randomNormal([...shape]);
  const [images, rows, columns, classes] = shape as [number, number, number, number];
  return tf.tidy(() =>
    tf.randomNormal([images, rows, 1, classes], 0, Math.SQRT1_2)
      .add(tf.randomNormal([1, 1, columns, classes], 0, Math.SQRT1_2))
  );
}

/** Standard normal logits, where about half of all errors are above zero, and uniform labels. */
function random(shape: readonly number[]): [logits: Tensor, labels: Tensor] {
  const classes = shape.at(-1)!;
  const outer = shape.slice(0, -1);
  const generate = generator(0, "bench");
  const label = () => generate.integer(classes);
  const labels = Int32Array.from({ length: outer.reduce((a, b) => a * b) }, label);
  return [normal(shape), tf.tensor(labels, outer, "int32")];
}

/** Every loss at every shape. */
export const lossCases: readonly LossCase[] = SHAPES.flatMap((shape) =>
  Object.entries(makers).map(([name, maker]) => ({
    name: `loss/${name}/${shape.join("x")}`,
    shape,
    make: () => {
      const loss = maker(imbalanced(shape.at(-1)!));
      const [logits, labels] = random(shape);
      // A loss alone is small ops: what XLA is for.
      const both = capture(({ logits, labels }: { logits: Tensor; labels: Tensor }) => {
        const { value, gradients } = valueAndGradients(() => loss(logits, labels), [logits]);
        return [value, gradients[0]!];
      }, { xla: true });
      return {
        step: () => tf.dispose(both({ logits, labels })),
        dispose: () => {
          both.dispose();
          tf.dispose([logits, labels]);
        },
      };
    },
  }))
);
