/**
 * TensorFlow.js's backend, led through our own binding: ops are executed by way of the C API, or, while a step is
 * captured, recorded.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { onForcedStop } from "../progress/mod.ts";
import { type Attribute, prototypeOf } from "./attributes.ts";
import { execute, type Metadata } from "./c_api.ts";
import { tf } from "./load.ts";

/** What TensorFlow.js asks of its addon. */
interface Binding {
  executeOp(
    op: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
  ): Metadata[];
  createTensor(shape: number[], dtype: number, values: object): number;
  tensorDataSync(id: number): unknown;
  deleteTensor(id: number): void;
}

/** Tensors that are computed from variables outside of any step, and stay as they are until one of these changes. */
export interface Kept {
  /** The numbers of the variables' handles. */
  readonly sources: readonly number[];
  /** The tensors for the variables' present values; they belong to this object. */
  present(): readonly Tensor[];
}

/** What is told while a step is recorded instead of executed. */
export interface Recorder {
  executeOp: Binding["executeOp"];
  /** Someone gives values for a tensor, which TensorFlow gets when an op uses it first. */
  given(values: object): void;
  /** A tensor of that number was made from these values. */
  created(id: number, values: object): void;
  /** Kept tensors as arguments of the step; undefined where the step has changed a variable that they are computed from. */
  kept(kept: Kept): Metadata[] | undefined;
  /** Whether it is a kept tensor, and whoever calls the step watches that it stays as it is. */
  isFixed(id: number): boolean;
  /** A tensor that is there only when others are. */
  after(id: number, others: readonly number[]): Metadata;
  /** Someone asks for a tensor's values; throws where they are not the same at each call. */
  read(id: number): void;
}

interface Backend {
  binding: Binding;
  tensorMap: { get(dataId: unknown): { id: number } };
  move(dataId: unknown, values: object, ...rest: unknown[]): void;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: Metadata): Tensor;
  executeSingleOutput(
    op: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
  ): Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

/** TensorFlow.js's backend for TensorFlow. */
export const backend: Backend = tf.backend() as unknown as Backend;

const addon = backend.binding;
let recorder: Recorder | undefined;
onForcedStop(() => recorder = undefined);

// The addon's own properties cannot be changed.
const binding: Omit<Binding, "deleteTensor"> = {
  executeOp(op, attributes, ids, outputs) {
    if (recorder !== undefined) return recorder.executeOp(op, attributes, ids, outputs);
    return execute(op, prototypeOf(op, attributes), ids, outputs);
  },
  createTensor(shape, dtype, values) {
    const id = addon.createTensor(shape, dtype, values);
    recorder?.created(id, values);
    return id;
  },
  tensorDataSync(id) {
    recorder?.read(id);
    return addon.tensorDataSync(id);
  },
};
backend.binding = Object.create(
  addon,
  Object.fromEntries(Object.entries(binding).map(([name, value]) => [name, { value }])),
);

const move = backend.move;
backend.move = function (dataId, values, ...rest) {
  if (values) recorder?.given(values);
  move.call(this, dataId, values, ...rest);
};

/** Runs `f` with all that TensorFlow.js asks of its addon told to `to`. */
export function recorded<T>(to: Recorder, f: () => T): T {
  if (recorder !== undefined) throw new Error("a step is recorded already");
  recorder = to;
  try {
    return f();
  } finally {
    recorder = undefined;
  }
}

/** Runs `f` for itself in the midst of a recording. */
export function unrecorded<T>(f: () => T): T {
  const before = recorder;
  recorder = undefined;
  try {
    return f();
  } finally {
    recorder = before;
  }
}

/**
 * Kept tensors, which a captured step takes as arguments, so that it need not compute them at each call; undefined where the step
 * has changed a variable before, such as a batch norm's running mean, and has to compute them.
 */
export function keptTensors(kept: Kept): readonly Tensor[] | undefined {
  return recorder === undefined ? kept.present() : recorder.kept(kept)?.map(tensorOf);
}

/** Whether the tensor has the same values whenever the step that is recorded now runs, so that a kernel may keep what it made of them. */
export function isFixed(tensor: Tensor): boolean {
  return recorder?.isFixed(idsOf([tensor])[0]!) ?? false;
}

/** Whether a step is being recorded, so that tensors have shapes and no values. */
export function isCapturing(): boolean {
  return recorder !== undefined;
}

/**
 * The same tensor; in a captured step, where an op runs as soon as its inputs are there, what is computed from it waits for
 * the others.
 */
export function after(tensor: Tensor, others: readonly Tensor[]): Tensor {
  if (recorder === undefined || others.length === 0) return tensor;
  return tensorOf(recorder.after(idsOf([tensor])[0]!, idsOf(others)));
}

/** The numbers by which the addon calls tensors. */
export function idsOf(tensors: readonly Tensor[]): number[] {
  return backend.getInputTensorIds(tensors);
}

/** A tensor of TensorFlow's as one of TensorFlow.js's. */
export function tensorOf(metadata: Metadata): Tensor {
  return backend.createOutputTensor(metadata);
}

/** The values of a small int32 tensor of that number. */
export function readInts(id: number): Int32Array {
  return addon.tensorDataSync(id) as Int32Array;
}

/** Frees a tensor that TensorFlow.js does not know of. */
export function deleteTensor(id: number): void {
  addon.deleteTensor(id);
}
