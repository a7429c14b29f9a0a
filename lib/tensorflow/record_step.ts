/** Recording a step: its ops become a graph, with shapes and without values, so that recording costs no memory. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Attribute, describe, typeNumber } from "./attributes.ts";
import {
  deleteTensor,
  idsOf,
  type Kept,
  readInts,
  recorded,
  type Recorder,
  tensorOf,
  unrecorded,
} from "./backend.ts";
import { c, checked, execute, handleOf, type Metadata, type Pointer } from "./c_api.ts";
import { constantIds } from "./constants.ts";
import { FunctionGraph, type Output, RESOURCE } from "./function_graph.ts";
import { tf } from "./load.ts";
import { addForXla } from "./xla.ts";

/** An op of a step, in a form in which two recordings can be compared. */
interface Traced {
  readonly name: string;
  readonly attributes: string;
  readonly inputs: string;
  /** The constants among its inputs. */
  readonly constants: readonly Constant[];
}

/** A tensor that JavaScript made, or one of the project's constants. */
interface Constant {
  readonly output: Output;
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: number;
  /** Its first use, for messages. */
  readonly use: string;
  readonly place: Error;
}

/** A recorded step. */
export interface Recording {
  readonly graph: FunctionGraph;
  /** The arguments for the step's own inputs, in their order. */
  readonly inputs: readonly Output[];
  /** The variables that the step uses: the numbers of their handles, and the arguments for them. */
  readonly variables: ReadonlyMap<number, Output>;
  /** Other tensors from outside that it uses, where it may. */
  readonly outside: ReadonlyMap<number, Output>;
  /** What it takes that is computed from variables outside of it, and the arguments for that. */
  readonly kept: ReadonlyMap<Kept, readonly Output[]>;
  /** Which of the variables it changes. */
  readonly written: ReadonlySet<number>;
  readonly results: readonly Output[];
  /** Ops with an effect. */
  readonly effects: readonly Pointer[];
  readonly trace: readonly Traced[];
}

/** How a step is recorded. */
interface How {
  /** Whether XLA is to compile it. */
  readonly forXla: boolean;
  /** Whether it may use tensors from outside. */
  readonly mayUseOutside: boolean;
}

/** What an op does to a variable whose handle it takes, if it only looks. */
const READERS = new Set([
  "ReadVariableOp",
  "VariableShape",
  "VarIsInitializedOp",
  "ResourceGather",
  "ResourceGatherNd",
  "ResourceStridedSlice",
]);

/** Ops that make something that lives longer than the step. */
const MAKERS = new Set(["VarHandleOp", "DestroyResourceOp"]);

/** The ops that have used a variable since its last change, or changed it. */
interface Uses {
  write?: Pointer;
  reads: Set<Pointer>;
}

class StepRecorder implements Recorder {
  readonly graph = new FunctionGraph();
  readonly variables = new Map<number, Output>();
  readonly outside = new Map<number, Output>();
  readonly keptOutputs = new Map<Kept, Output[]>();
  readonly written = new Set<number>();
  readonly effects: Pointer[] = [];
  readonly ops: Traced[] = [];
  readonly constants = new Map<number, Constant>();
  readonly #name: string;
  readonly #how: How;
  readonly #keptMetadata = new Map<Kept, Metadata[]>();
  readonly #outputs = new Map<number, Output>();
  readonly #labels = new Map<number, string>();
  readonly #given = new WeakSet<object>();
  readonly #created = new Map<number, Error>();
  #known = constantIds();
  readonly #uses = new Map<number, Uses>();
  /** For each id whether it is a value of a variable, which must be used before that changes. */
  readonly #valueOf = new Map<number, number>();
  readonly #usersOfValues = new Map<number, Set<Pointer>>();
  #lastEffect: Pointer | undefined;
  #nextId = FIRST_ID;

  constructor(name: string, how: How) {
    this.#name = name;
    this.#how = how;
  }

  /** An argument of the step as a tensor without values. */
  argument(type: number, shape: readonly number[], label: string): [Output, Metadata] {
    const output = this.graph.argument(type, shape);
    return [output, this.#metadata(output, label, shape)];
  }

  given(values: object): void {
    this.#given.add(values);
  }

  created(id: number, values: object): void {
    // Others are those of tensors that were there before.
    if (this.#given.has(values)) this.#created.set(id, here());
  }

  read(id: number): void {
    if (this.#created.has(id) || this.#isConstant(id)) return;
    const what = this.#labels.get(id);
    throw new TypeError(
      `${this.#name} cannot be captured: it reads the values of ${
        what === undefined ? "a tensor" : what
      } while it runs (${
        placeOf(here())
      }). A captured step computes on tensors only; return what is to be read.`,
    );
  }

  kept(kept: Kept): Metadata[] {
    if (kept.sources.some((handle) => this.written.has(handle))) {
      throw new TypeError(
        `${this.#name} cannot be captured: it changes a variable and then uses what is kept of its value before, ` +
          `such as a batch norm's scale in evaluation mode (${placeOf(here())})`,
      );
    }
    let metadata = this.#keptMetadata.get(kept);
    if (metadata === undefined) {
      const number = this.keptOutputs.size;
      const tensors = unrecorded(() => kept.present());
      const arguments_ = unrecorded(() => idsOf(tensors)).map((id, i) =>
        this.argument(
          c.TFE_TensorHandleDataType(handleOf(id)),
          tensors[i]!.shape,
          `kept ${number}:${i}`,
        )
      );
      this.keptOutputs.set(kept, arguments_.map(([output]) => output));
      this.#keptMetadata.set(kept, metadata = arguments_.map(([, metadata]) => metadata));
    }
    return metadata;
  }

  after(id: number, others: readonly number[]): Metadata {
    const input = this.resolve(id, "what waits");
    const before = others.map((other) => this.resolve(other, "what is waited for").operation);
    const operation = this.graph.add("Identity", [], [input], new Set(before));
    const output = { operation, index: 0 };
    return this.#metadata(output, `${this.#labels.get(id)}, later`, this.graph.shapeOf(output)!);
  }

  executeOp(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
  ): Metadata[] {
    if (MAKERS.has(name)) {
      throw new TypeError(
        `${this.#name} cannot be captured: it makes or destroys a variable (${name}, ${
          placeOf(here())
        }). ` +
          "Make it before the step.",
      );
    }
    try {
      return this.#add(name, attributes, ids, outputs);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      const reason = error instanceof Error ? error.message : error;
      throw new TypeError(
        `${this.#name} cannot be captured: its op ${name} fails (${placeOf(here())}): ${reason}`,
      );
    }
  }

  #add(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    count: number,
  ): Metadata[] {
    const definition = this.graph.definition(name);
    const inputs = ids.map((id, i) => this.resolve(id, `input ${i} of ${name}`));
    const handles = ids.filter((id) => this.variables.has(id));
    const reads = READERS.has(name);
    const after = new Set<Pointer>();
    for (const handle of handles) this.#orderBy(handle, reads, after);
    if (definition.isStateful && handles.length === 0 && this.#lastEffect) {
      after.add(this.#lastEffect);
    }
    const args = grouped(inputs, definition.inputs, attributes);
    const operation = this.#how.forXla
      ? addForXla(this.graph, { op: name, attributes, inputs: args, after })
      : this.graph.add(name, attributes, args, after);
    this.ops.push({
      name,
      attributes: describe(attributes),
      inputs: ids.map((id) => this.#labels.get(id)).join(", "),
      constants: ids.flatMap((id) => this.constants.get(id) ?? []),
    });
    for (const id of ids) {
      const variable = this.#valueOf.get(id);
      if (variable !== undefined) this.#usersOfValues.get(variable)!.add(operation);
    }
    if (handles.length > 0) {
      for (const handle of handles) this.#note(handle, reads, operation);
      if (!reads) this.effects.push(operation);
    } else if (definition.isStateful) {
      this.#lastEffect = operation;
      this.effects.push(operation);
    }
    return this.#resultsOf(name, operation, count, handles);
  }

  /** Adds what an op that uses a variable has to wait for. */
  #orderBy(handle: number, reads: boolean, after: Set<Pointer>): void {
    const uses = this.#uses.get(handle);
    if (uses?.write) after.add(uses.write);
    if (reads || uses === undefined) return;
    for (const read of uses.reads) after.add(read);
    // Else the change would have to copy the variable.
    for (const user of this.#usersOfValues.get(handle) ?? []) after.add(user);
  }

  #note(handle: number, reads: boolean, operation: Pointer): void {
    if (reads) {
      const uses = this.#uses.get(handle) ?? { reads: new Set() };
      uses.reads.add(operation);
      this.#uses.set(handle, uses);
      return;
    }
    this.written.add(handle);
    this.#uses.set(handle, { write: operation, reads: new Set() });
    this.#usersOfValues.set(handle, new Set());
    for (const [id, variable] of this.#valueOf) if (variable === handle) this.#valueOf.delete(id);
  }

  #resultsOf(
    name: string,
    operation: Pointer,
    count: number,
    handles: readonly number[],
  ): Metadata[] {
    const made = Math.min(count, this.graph.outputCount(operation));
    return Array.from({ length: made }, (_, index) => {
      const output = { operation, index };
      if (name === "ReadVariableOp") {
        this.graph.setShape(output, shapeOfVariable(handles[0]!));
      }
      const shape = this.graph.shapeOf(output);
      if (index === 0 && (shape === undefined || shape.includes(-1))) {
        throw new TypeError(
          `${this.#name} cannot be captured: the shape of ${name}'s result depends on values (${
            placeOf(here())
          })`,
        );
      }
      const label = `${name} (op ${this.ops.length - 1})${index === 0 ? "" : `:${index}`}`;
      const metadata = this.#metadata(output, label, shape ?? [-1]);
      if (name === "ReadVariableOp") {
        this.#valueOf.set(metadata.id, handles[0]!);
        if (!this.#usersOfValues.has(handles[0]!)) this.#usersOfValues.set(handles[0]!, new Set());
      }
      return metadata;
    });
  }

  #metadata(output: Output, label: string, shape: readonly number[]): Metadata {
    const id = this.#nextId--;
    this.#outputs.set(id, output);
    this.#labels.set(id, label || "the input");
    return { id, dtype: this.graph.typeOf(output), shape: [...shape] };
  }

  /** The step's results as different results of ops, which is what a function's results have to be. */
  results(ids: readonly number[], inputs: readonly Output[]): Output[] {
    const taken = new Set(inputs.map(keyOf));
    return ids.map((id, i) => {
      const output = this.resolve(id, `result ${i}`);
      if (id < 0 && !taken.has(keyOf(output))) {
        taken.add(keyOf(output));
        return output;
      }
      return { operation: this.graph.add("Identity", [], [output], []), index: 0 };
    });
  }

  /** Where a tensor is in the graph. */
  resolve(id: number, use: string): Output {
    if (id < 0) {
      const output = this.#outputs.get(id);
      if (output) return output;
      throw new TypeError(`${this.#name}: ${use} is a tensor of another captured step`);
    }
    const known = this.variables.get(id) ?? this.outside.get(id) ?? this.constants.get(id)?.output;
    if (known) return known;
    const handle = handleOf(id);
    if (handle === null) throw new TypeError(`${this.#name}: ${use} was disposed`);
    const dtype = c.TFE_TensorHandleDataType(handle);
    if (dtype === RESOURCE) {
      const output = this.graph.argument(RESOURCE, []);
      this.#labels.set(id, `variable ${this.variables.size}`);
      this.variables.set(id, output);
      return output;
    }
    const place = this.#created.get(id);
    if (place === undefined && !this.#isConstant(id)) {
      if (this.#how.mayUseOutside && dtype === FLOAT) {
        const output = this.graph.argument(dtype, shapeOfTensor(id));
        this.#labels.set(id, `outside ${this.outside.size}`);
        this.outside.set(id, output);
        return output;
      }
      throw new TypeError(
        `${this.#name} cannot be captured: ${use} (${
          placeOf(here())
        }) is a tensor from outside of the step, ` +
          "whose later values it would not see. Pass it to the step as an input, keep it in a Variable, or, " +
          "if it never changes, make it with `constant`.",
      );
    }
    return this.#constant(id, use, place ?? here());
  }

  /** Whether it is one of the project's constants, some of which are used for the first time in the step. */
  #isConstant(id: number): boolean {
    if (!this.#known.has(id)) this.#known = constantIds();
    return this.#known.has(id);
  }

  #constant(id: number, use: string, place: Error): Output {
    const output = this.graph.constant(id);
    const { bytes, dtype } = valuesOf(id);
    const shape = this.graph.shapeOf(output) ?? [];
    this.#labels.set(id, `constant ${this.constants.size}`);
    this.constants.set(id, { output, id, bytes, shape, dtype, use, place });
    return output;
  }
}

const FLOAT = typeNumber("float32");

// Below TensorFlow.js's -1, which means "not made yet". It never deletes what is below 0.
const FIRST_ID = -2;

/**
 * Records a step.
 *
 * @param name Of the step, for messages
 * @param inputs The step's inputs, by name
 * @param step Gets tensors without values in the place of the inputs, and returns its results
 * @throws {TypeError} What cannot be captured, and where it is
 */
export function recordStep(
  name: string,
  inputs: readonly { label: string; tensor: Tensor }[],
  step: (inputs: Tensor[]) => Tensor[],
  how: How,
): Recording {
  const types = idsOf(inputs.map(({ tensor }) => tensor))
    .map((id) => c.TFE_TensorHandleDataType(handleOf(id)));
  const recorder = new StepRecorder(name, how);
  try {
    return recorded(recorder, () => {
      let inputsInGraph: Output[];
      let results: Output[];
      tf.tidy(() => {
        const symbols = inputs.map(({ label, tensor }, i) =>
          recorder.argument(types[i]!, tensor.shape, label)
        );
        inputsInGraph = symbols.map(([output]) => output);
        results = recorder.results(
          idsOf(step(symbols.map(([, metadata]) => tensorOf(metadata)))),
          inputsInGraph,
        );
      });
      return {
        graph: recorder.graph,
        inputs: inputsInGraph!,
        variables: recorder.variables,
        outside: recorder.outside,
        kept: recorder.keptOutputs,
        written: recorder.written,
        results: results!,
        effects: recorder.effects,
        trace: recorder.ops,
      };
    });
  } catch (error) {
    recorder.graph.dispose();
    throw error;
  }
}

/**
 * Compares two recordings of the same step with the same shapes.
 *
 * @throws {TypeError} What differs: JavaScript made it anew each time, and the captured step would keep the first
 */
export function checkSame(name: string, first: Recording, second: Recording): void {
  const [a, b] = [first.trace, second.trace];
  const differs = (what: string) => {
    throw new TypeError(`${name} cannot be captured: ${what}`);
  };
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [op, other] = [a[i], b[i]];
    if (
      op === undefined || other === undefined || op.name !== other.name ||
      op.inputs !== other.inputs
    ) {
      return differs(
        `its ops differ from call to call. Op ${i} is ${opShown(op)}, then ${opShown(other)}`,
      );
    }
    if (op.attributes !== other.attributes) {
      differs(
        `the attributes of ${op.name} (op ${i}) differ from call to call: ${
          readable(op.attributes)
        }, ` +
          `then ${readable(other.attributes)}`,
      );
    }
    op.constants.forEach((constant, k) => {
      const later = other.constants[k]!;
      if (sameBytes(constant.bytes, later.bytes)) return;
      differs(
        `${constant.use} is made anew by JavaScript at each call (${shown(constant)}, then ${
          shown(later)
        }; ` +
          `${
            placeOf(constant.place)
          }), and the captured step would keep the first. Pass it to the step as an input.`,
      );
    });
  }
}

function opShown(op: Traced | undefined): string {
  return op === undefined ? "none" : `${op.name}(${op.inputs})`;
}

function readable(attributes: string): string {
  return attributes.trim().split("\n").map((line) => {
    const [name, , value] = line.split("\t");
    return `${name} = ${value}`;
  }).join(", ");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function shown({ bytes, dtype, shape }: Constant): string {
  const whole = bytes.slice(0, 4 * Math.floor(bytes.length / 4)).buffer;
  const values = dtype === 1
    ? new Float32Array(whole)
    : dtype === 3
    ? new Int32Array(whole)
    : bytes;
  const first = Array.from(values.slice(0, 4), String).join(", ");
  return shape.length === 0 ? first : `[${first}${values.length > 4 ? ", ..." : ""}]`;
}

function keyOf({ operation, index }: Output): string {
  return `${Deno.UnsafePointer.value(operation)}:${index}`;
}

/** The inputs as the op's arguments: lists where it takes lists. */
function grouped(
  inputs: readonly Output[],
  args: readonly { countedBy?: string; countIfSilent?: number }[],
  attributes: readonly Attribute[],
): (Output | Output[])[] {
  const given = (name: string) => attributes.find((attribute) => attribute.name === name)?.value;
  const counts = args.map(({ countedBy, countIfSilent }) => {
    if (countedBy === undefined) return 1;
    const value = given(countedBy);
    if (Array.isArray(value)) return value.length;
    return typeof value === "number" ? value : countIfSilent;
  });
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  let at = 0;
  const groups = args.map(({ countedBy }, i) => {
    const count = counts[i] ?? inputs.length - known;
    const group = inputs.slice(at, at + count);
    at += count;
    return countedBy === undefined ? group[0]! : group;
  });
  if (at !== inputs.length) throw new Error(`it takes ${at} inputs and has ${inputs.length}`);
  return groups;
}

function shapeOfTensor(id: number): number[] {
  const [same] = execute("Identity", null, [id], 1);
  deleteTensor(same!.id);
  return same!.shape;
}

function shapeOfVariable(handle: number): number[] {
  const [shape] = execute("VariableShape", null, [handle], 1);
  const sizes = [...readInts(shape!.id)];
  deleteTensor(shape!.id);
  return sizes;
}

function valuesOf(id: number): { bytes: Uint8Array; dtype: number } {
  const handle = handleOf(id);
  const tensor = checked((status) => c.TFE_TensorHandleResolve(handle, status));
  const bytes = new Uint8Array(Number(c.TF_TensorByteSize(tensor)));
  const data = c.TF_TensorData(tensor);
  if (data !== null && bytes.length > 0) new Deno.UnsafePointerView(data).copyInto(bytes);
  c.TF_DeleteTensor(tensor);
  return { bytes, dtype: c.TFE_TensorHandleDataType(handle) };
}

const ENGINE =
  /node_modules|\/npm\/|^ext:|^node:|tensorflow\/(record_step|backend|kernel|capture|elementwise|variable)\.ts/;

/** Where the program is now; to be read by {@linkcode placeOf}, which takes long, when it is needed. */
function here(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const error = new Error();
  Error.stackTraceLimit = before;
  return error;
}

/** The first line of code outside of the engine on the way there, for messages. */
function placeOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n").slice(1);
  const places = lines.map((line) => line.match(/\(?([^\s(]+\.[jt]s:\d+):\d+\)?$/)?.[1]);
  const place = places.find((place) => place && !ENGINE.test(place)) ?? "unknown place";
  return place.split("/").slice(-3).join("/");
}
