/**
 * Running any TensorFlow op by its name, and making one of several ops differentiable as a whole.
 *
 * TensorFlow.js composes gradients from many small ops, and has none for fused kernels. Here an op is
 * called straight through the backend, and {@linkcode differentiable} gives a group of ops one gradient.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute } from "./attributes.ts";
import { backend } from "./backend.ts";
import { threadCount } from "../runtime/mod.ts";
import { isUsingGpu, tf } from "./load.ts";
import { tellSaved } from "./observed.ts";

export { attr, type Attribute };

/** Whether TensorFlow computes on a GPU. */
export const onGpu: boolean = isUsingGpu(tf);

/** The threads that TensorFlow computes one op with on the CPU. */
export const threads: number = threadCount();

/**
 * Marks an op as one of TensorFlow's own rewrites to oneDNN, which are there on CPUs only and are not meant to be named by
 * users; the faster kernels for pooling, normalisation and convolution with bias can be reached in no other way.
 */
export const NATIVE: Attribute = attr.string("_kernel", "MklNameChangeOp");

/** The same for ops whose kernel has no label; TensorFlow would otherwise look for one with it. */
export const UNLABELLED: Attribute = attr.string("_kernel", "");

/**
 * Runs the TensorFlow op `op` that has one output, e.g. `run("Relu", [attr.type("T", "float32")], [x])`.
 *
 * The op's C++ registration says which attributes and inputs it takes; TensorFlow's own message is thrown
 * when they do not fit. Not differentiable by itself.
 */
export function run(
  op: string,
  attributes: readonly Attribute[],
  inputs: readonly Tensor[],
): Tensor {
  return backend.executeSingleOutput(op, attributes, inputs);
}

/** As {@linkcode run}, for an op with `outputs` outputs (0 for an op that only has an effect). */
export function runMany(
  op: string,
  attributes: readonly Attribute[],
  inputs: readonly Tensor[],
  outputs: number,
): Tensor[] {
  return backend.executeMultipleOutputs(op, attributes, inputs, outputs);
}

/** What the forward half of {@linkcode differentiable} returns. */
export interface Differentiable<Name extends string, Saved extends Named> {
  /** The result. */
  value: Tensor;
  /** Tensors that the gradient needs, by name; kept until the gradient was taken. The inputs may be among them. */
  saved: Saved;
  /**
   * For each input, how to compute the gradient of the loss by it from `dy`, the gradient by `value`. Only those
   * that are asked for are called, so that e.g. the first layer never computes the gradient by the images.
   */
  gradients: (dy: Tensor, saved: Saved) => Record<Name, () => Tensor>;
}

type Named = Readonly<Record<string, Tensor | undefined>>;

interface Engine {
  runKernelFunc(kernel: {
    forwardFunc: (
      backend: unknown,
      save: (tensors: readonly Tensor[]) => void,
    ) => Tensor;
    backwardsFunc: (
      dy: Tensor,
      saved: Tensor[],
    ) => Record<string, () => Tensor>;
    inputs: Record<string, Tensor>;
  }): Tensor;
}

/**
 * Runs `forward` as one differentiable step: nothing inside is recorded, and its gradient is the one it returns.
 *
 * @param inputs The tensors that a gradient may be asked for, by name
 */
export function differentiable<Name extends string, Saved extends Named>(
  inputs: Record<Name, Tensor>,
  forward: () => Differentiable<Name, Saved>,
): Tensor {
  let gradients: Differentiable<Name, Saved>["gradients"];
  let names: string[];
  return (tf.engine() as unknown as Engine).runKernelFunc({
    forwardFunc: (_backend, save) => {
      const result = forward();
      gradients = result.gradients;
      const saved = Object.entries(result.saved).filter(([, tensor]) => tensor !== undefined) as [
        string,
        Tensor,
      ][];
      names = saved.map(([name]) => name);
      const tensors = saved.map(([, tensor]) => tensor);
      if (isRecording()) tellSaved(tensors);
      save(tensors);
      return result.value;
    },
    backwardsFunc: (dy, saved) =>
      gradients(dy, Object.fromEntries(names.map((name, i) => [name, saved[i]!])) as Saved),
    inputs,
  });
}

/** Of what TensorFlow.js records for gradients. */
interface Tape {
  gradientDepth: number;
  activeTape: { saved?: Tensor[] }[] | null;
}

function tape(): Tape {
  return (tf.engine() as unknown as { state: Tape }).state;
}

/** Whether a gradient will be taken of what is computed now, so that more than the value is needed. */
export function isRecording(): boolean {
  return tape().gradientDepth > 0;
}

/** Frees what was saved for gradients that nobody will take; TensorFlow.js does it only after it took them. */
function dropTape(): void {
  if (isRecording()) return;
  for (const { saved } of tape().activeTape ?? []) tf.dispose(saved ?? []);
  tape().activeTape = null;
}

/** The value and the gradients of `f` by `xs`, in the order of `xs`: one forward and one backward pass. */
export function valueAndGradients(
  f: () => Tensor,
  xs: readonly Tensor[],
): { value: Tensor; gradients: Tensor[] } {
  try {
    const { value, grads } = tf.engine().gradients(f, xs as Tensor[]);
    return { value, gradients: grads };
  } catch (error) {
    dropTape();
    const { message = "" } = error instanceof Error ? error : {};
    if (!message.startsWith("Cannot compute gradient of y=f(x)")) throw error;
    throw new TypeError(
      "There is no gradient: what is differentiated does not depend on what its gradient is wanted by. A loss must be " +
        "computed from the logits, by ops that have gradients",
      { cause: error },
    );
  }
}
