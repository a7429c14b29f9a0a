/** TensorFlow's resource variables: memory that optimisers update in place. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { onForcedStop } from "../progress/mod.ts";
import { idsOf, type Kept, keptTensors } from "./backend.ts";
import { attr, run, runMany } from "./kernel.ts";
import { tf } from "./load.ts";

const DTYPE = attr.type("dtype", "float32");
const OF_FLOATS = [DTYPE];
const ASSIGN = [DTYPE, attr.bool("validate_shape", true)];
// TensorFlow's reserved name: the variable belongs to its handle alone and is freed with it
// (kAnonymous in tensorflow/core/framework/resource_handle.h).
const ANONYMOUS = attr.string(
  "shared_name",
  "cd2c89b7-88b7-44c8-ad83-06c2a9158347",
);

// The variables that hold something of their present value, by the numbers of their handles.
const holding = new Map<number, Variable>();

// Of a step that was being captured the values are symbols, which mean nothing outside of it.
onForcedStop(forgetAll);

/** Forgets the values of all variables that were read, but not what is kept of them. */
export function forgetAll(): void {
  for (const variable of [...holding.values()]) variable.forget();
}

/** Forgets the values of the variables with these handles. */
export function releaseOf(handles: ReadonlySet<number>): void {
  for (const [handle, variable] of [...holding]) if (handles.has(handle)) variable.release();
}

/** A float32 variable in TensorFlow's memory. */
export class Variable {
  readonly shape: readonly number[];
  /** The resource tensor that optimiser kernels take. */
  readonly handle: Tensor;
  /** The handle's number in TensorFlow.js's addon. */
  readonly id: number;
  #value: Tensor | undefined;
  readonly #derived = new Set<Derived>();

  /** Makes a variable and copies `initial` into it. */
  constructor(initial: Float32Array, shape: readonly number[]) {
    this.shape = shape;
    this.handle = tf.keep(run("VarHandleOp", [
      DTYPE,
      attr.shape("shape", shape),
      ANONYMOUS,
      attr.string("container", ""),
    ], []));
    this.id = idsOf([this.handle])[0]!;
    this.assign(initial);
  }

  /** The present value. It belongs to the variable: do not dispose it, and do not hold it over an update. */
  get value(): Tensor {
    if (this.#value === undefined) {
      this.#value = tf.keep(run("ReadVariableOp", OF_FLOATS, [this.handle]));
      holding.set(this.id, this);
    }
    return this.#value;
  }

  /** Forgets the value read last, so that a kernel may write in place. Call it before every update. */
  release(): void {
    for (const derived of this.#derived) derived.release();
    this.#derived.clear();
    this.forget();
  }

  /** Forgets the value read last alone, where the variable stays as it is. */
  forget(): void {
    this.#value?.dispose();
    this.#value = undefined;
    if (this.#derived.size === 0) holding.delete(this.id);
  }

  /** Takes the value that was read out, and puts another one in its place. */
  exchange(value: Tensor | undefined): Tensor | undefined {
    const before = this.#value;
    this.#value = value;
    return before;
  }

  /** Releases `derived` together with the present value. */
  releaseWithValue(derived: Derived): void {
    this.#derived.add(derived);
    holding.set(this.id, this);
  }

  /** Replaces the value by a copy of an array, or by a tensor's. */
  assign(value: Float32Array | Tensor): void {
    this.release();
    if (value instanceof Float32Array) {
      // TensorFlow takes an array's own memory where that is aligned.
      const copy = tf.tensor(value.slice(), this.shape as number[], "float32");
      this.assign(copy);
      copy.dispose();
      return;
    }
    runMany("AssignVariableOp", ASSIGN, [this.handle, value], 0);
  }

  /** Adds to the value in place. */
  assignAdd(change: Tensor): void {
    this.release();
    runMany("AssignAddVariableOp", OF_FLOATS, [this.handle, change], 0);
  }

  /** Copies the value to JavaScript. */
  async read(): Promise<Float32Array> {
    return await this.value.data<"float32">();
  }

  /** Frees the memory. */
  dispose(): void {
    this.release();
    this.handle.dispose();
  }
}

/** Tensors that are computed from variables, and kept until one of these changes. */
export class Derived {
  readonly #sources: readonly Variable[];
  readonly #compute: () => Tensor[];
  readonly #kept: Kept;
  #tensors: Tensor[] | undefined;

  constructor(sources: readonly Variable[], compute: () => Tensor[]) {
    this.#sources = sources;
    this.#compute = compute;
    this.#kept = { sources: sources.map(({ id }) => id), present: () => this.#present() };
  }

  /** The tensors for the present values. They belong to this object: do not dispose them, nor hold them over an update. */
  get tensors(): readonly Tensor[] {
    return keptTensors(this.#kept) ?? this.#compute();
  }

  #present(): readonly Tensor[] {
    if (this.#tensors === undefined) {
      // A value that was read before may be one without numbers, of a step that is being recorded.
      const before = this.#sources.map((source) => source.exchange(undefined));
      try {
        this.#tensors = tf.tidy(() => this.#compute().map((tensor) => tf.keep(tensor)));
      } finally {
        this.#sources.forEach((source, i) => source.exchange(before[i])?.dispose());
      }
      for (const source of this.#sources) source.releaseWithValue(this);
    }
    return this.#tensors;
  }

  /** Forgets the tensors; the variables do it whenever one of them changes. */
  release(): void {
    if (this.#tensors !== undefined) tf.dispose(this.#tensors);
    this.#tensors = undefined;
  }
}
