/** A step over a batch that does not fit the device: part by part, with the gradients of the whole. */
import type { Tensor, TensorContainer } from "@tensorflow/tfjs-node-gpu";
import type { ForwardOptions, Module, Outputs } from "../layers/mod.ts";
import type { Loss } from "../losses/mod.ts";
import { deriveSeed } from "../random/mod.ts";
import { tf, valueAndGradients } from "../tensorflow/mod.ts";
import type { Optimizer, Parameters } from "./optimizer.ts";
import { joinOutputs, lossOfOutputs, tensorsOf } from "./outputs.ts";

/** A part of a batch. */
interface Part {
  first: number;
  count: number;
}

/**
 * One step over a batch in parts of `microBatch` images: forward, backward, update.
 *
 * HEM and DICE are no means over samples, so that gradients of parts do not add up to the batch's. Therefore the parts go
 * through the network twice: first forward, for the logits of the whole batch, by which the loss has the gradient g; then
 * each part p forward and backward for the sum of g_p y_p, whose gradients do add up. That is exact for every loss. A batch
 * norm, however, takes its statistics from the part; its running ones move once per part, not twice. Dropout's masks are
 * the same both times, other than those of the whole batch.
 *
 * @returns The loss of the whole batch, on the device
 */
export function accumulatedStep(options: {
  network: Module;
  parameters: Parameters;
  optimizer: Optimizer;
  loss: Loss;
  /** Copies some images of the batch to the device; called twice per part. */
  images: (first: number, count: number) => Tensor;
  labels: Tensor;
  microBatch: number;
  learningRate: number;
  /** Number of the step, from 0. */
  step: number;
  seed: number;
}): Tensor {
  const { network, parameters, optimizer, loss, images, labels, microBatch } = options;
  const parts = partsOf(labels.shape[0]!, microBatch);
  const forward = ({ first, count }: Part) => {
    const choice: ForwardOptions = {
      training: true,
      seed: deriveSeed(options.seed, "part", first),
    };
    return network.outputs(images(first, count), choice);
  };
  return tf.tidy(() => {
    const outputs = keepingBuffers(
      network,
      () => joinOutputs(parts.map((part) => outputsAlone(() => forward(part)))),
    );
    const { value, gradients: byOutputs } = valueAndGradients(
      () => lossOfOutputs(outputs, loss, labels),
      tensorsOf(outputs),
    );
    const values = [...parameters.values()].map((parameter) => parameter.value);
    let sums: Tensor[] = [];
    for (const part of parts) {
      const before = sums;
      sums = tf.tidy(() => {
        const ofPart = byOutputs.map((gradient) => gradient.slice(part.first, part.count));
        const { gradients } = valueAndGradients(
          () =>
            tensorsOf(forward(part)).map((y, i) => y.mul(ofPart[i]!).sum())
              .reduce((a, b) => a.add(b)),
          values,
        );
        return before.length === 0
          ? gradients
          : gradients.map((gradient, i) => gradient.add(before[i]!));
      });
      tf.dispose(before);
    }
    optimizer.update(sums, options.learningRate, options.step + 1);
    return value;
  });
}

/** Frees everything that `f` makes but the outputs. */
function outputsAlone(f: () => Outputs): Outputs {
  return tf.tidy(() => f() as unknown as TensorContainer) as unknown as Outputs;
}

function partsOf(count: number, size: number): Part[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    first: i * size,
    count: Math.min(size, count - i * size),
  }));
}

/** Runs `f`; what it did to running statistics is undone. */
function keepingBuffers<T>(network: Module, f: () => T): T {
  const buffers = [...network.buffers().values()];
  const before = buffers.map((buffer) => buffer.value.clone());
  const result = f();
  buffers.forEach((buffer, i) => buffer.assign(before[i]!));
  tf.dispose(before);
  return result;
}
