/** The network under attack. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type AnyNetwork, checkLogits, type Predictor, predictorOf } from "../models/mod.ts";
import {
  capture,
  type Captured,
  differentiable,
  isRecording,
  type Tensors,
  tf,
  valueAndGradients,
} from "../tensorflow/mod.ts";
import type { SampleLoss } from "./losses.ts";
import { isClassified } from "./rows.ts";

/** What a loss is at some point, with its gradient. */
export interface Evaluated {
  /** The loss of each image, [n]. */
  loss: Tensor;
  /** Its gradient by the pixels, [n, P]. */
  gradient: Tensor;
  /** Whether each image is classified as its label, bool [n]. */
  correct: Tensor;
}

/** A model on rows of pixels [n, P]. Call its methods in a `tf.tidy`. */
export class Victim {
  readonly #predict: Predictor;
  readonly #captured: boolean;
  readonly #steps = new Map<string, Captured<Tensors, Tensors>>();
  /** [H, W, C]. */
  readonly shape: readonly [height: number, width: number, channels: number];

  constructor(
    model: AnyNetwork,
    shape: readonly [height: number, width: number, channels: number],
    { captured = false }: { captured?: boolean } = {},
  ) {
    this.#predict = predictorOf(model, { to: "attack" });
    this.shape = shape;
    this.#captured = captured;
  }

  /**
   * Does a step of an attack; captured, where this victim's are.
   *
   * @param name Tells the steps apart: the same one for the same step
   */
  step<Inputs extends Tensors, Results extends Tensors>(
    name: string,
    step: (inputs: Inputs) => Results,
    inputs: Inputs,
  ): Results {
    if (!this.#captured) return step(inputs);
    let known = this.#steps.get(name);
    if (known === undefined) {
      known = capture(step as unknown as (inputs: Tensors) => Tensors, {
        name: `AutoAttack's ${name}`,
        outside: true,
      });
      this.#steps.set(name, known);
    }
    return known(inputs) as Results;
  }

  /** Frees the captured steps. */
  dispose(): void {
    for (const step of this.#steps.values()) step.dispose();
    this.#steps.clear();
  }

  /** The number of pixels of an image, channels counted singly. */
  get pixels(): number {
    return this.shape[0] * this.shape[1] * this.shape[2];
  }

  /**
   * The logits, [n, classes].
   *
   * @throws {TypeError} where the model gives something else
   */
  logits(rows: Tensor): Tensor {
    const forward = (rows: Tensor) => {
      const count = rows.shape[0]!;
      const logits: unknown = this.#predict(rows.reshape([count, ...this.shape]) as Tensor4D);
      checkLogits(logits, { to: "attack", count });
      return logits;
    };
    // No gradient goes through a captured step.
    return isRecording() ? forward(rows) : this.step("logits", forward, rows);
  }

  /** Whether each image is classified as its label, bool [n]. */
  isCorrect(rows: Tensor, labels: Tensor): Tensor {
    return isClassified(this.logits(rows), labels);
  }

  /** Loss, gradient and prediction in one forward and one backward pass. */
  evaluate(rows: Tensor, labels: Tensor, lossOf: (logits: Tensor) => SampleLoss): Evaluated {
    let correct: Tensor | undefined;
    try {
      const { value, gradients } = valueAndGradients(() => {
        const logits = this.logits(rows);
        return differentiable({ logits }, () => {
          const { value, gradient } = lossOf(logits);
          correct = tf.keep(isClassified(logits, labels));
          // The gradient is that of the sum over the images: dy is 1 for each.
          return {
            value,
            saved: { gradient },
            gradients: (_dy, { gradient }) => ({ logits: () => gradient }),
          };
        });
      }, [rows]);
      return { loss: value, gradient: gradients[0]!, correct: correct! };
    } catch (error) {
      correct?.dispose();
      throw error;
    }
  }
}
