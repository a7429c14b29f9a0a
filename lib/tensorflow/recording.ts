/** A recorded step, and whether two recordings are the same. */
import { notCapturable, placeOf } from "./capture_error.ts";
import { typeNumber } from "./attributes.ts";
import type { Kept } from "./backend.ts";
import type { Pointer } from "./c_api.ts";
import type { FunctionGraph, Output } from "./function_graph.ts";

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
  readonly trace: readonly TracedOp[];
}

/** An op of a step, in a form in which two recordings can be compared. */
export interface TracedOp {
  readonly name: string;
  readonly attributes: string;
  readonly inputs: string;
  /** The constants among its inputs. */
  readonly constants: readonly TracedConstant[];
}

/** A tensor that JavaScript made, or one of the project's constants. */
export interface TracedConstant {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  /** TensorFlow's number of the type. */
  readonly dtype: number;
  /** Its first use, for messages. */
  readonly use: string;
  readonly place: Error;
}

/**
 * Compares two recordings of the same step with the same shapes.
 *
 * @throws {TypeError} What differs: JavaScript made it anew each time, and the captured step would keep the first
 */
export function checkSame(step: string, first: Recording, second: Recording): void {
  const count = Math.max(first.trace.length, second.trace.length);
  for (let i = 0; i < count; i++) {
    const reason = difference(i, first.trace[i], second.trace[i]);
    if (reason !== undefined) throw notCapturable(step, reason);
  }
  // The trace knows them by the order of their first use.
  for (const kind of ["variables", "outside", "kept"] as const) {
    const later = [...second[kind].keys()];
    const other = [...first[kind].keys()].findIndex((key, i) => key !== later[i]);
    if (other < 0) continue;
    throw notCapturable(
      step,
      `${NOUNS[kind]} ${other}, in the order of use, is another one from call to call, and the ` +
        "captured step would keep the first",
    );
  }
}

const NOUNS = { variables: "variable", outside: "tensor from outside", kept: "kept value" };

/** What tells the ops number `i` of two recordings apart. */
function difference(
  i: number,
  op: TracedOp | undefined,
  other: TracedOp | undefined,
): string | undefined {
  if (
    op === undefined || other === undefined || op.name !== other.name || op.inputs !== other.inputs
  ) {
    return `its ops differ from call to call. Op ${i} is ${opShown(op)}, then ${opShown(other)}`;
  }
  if (op.attributes !== other.attributes) {
    return `the attributes of ${op.name} (op ${i}) differ from call to call: ` +
      `${attributesShown(op.attributes)}, then ${attributesShown(other.attributes)}`;
  }
  for (const [k, constant] of op.constants.entries()) {
    const later = other.constants[k]!;
    if (sameBytes(constant.bytes, later.bytes)) continue;
    return `${constant.use} is made anew by JavaScript at each call (${valuesShown(constant)}, ` +
      `then ${valuesShown(later)}; ${placeOf(constant.place)}), and the captured step would keep ` +
      "the first. Pass it to the step as an input.";
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function opShown(op: TracedOp | undefined): string {
  return op === undefined ? "none" : `${op.name}(${op.inputs})`;
}

function attributesShown(attributes: string): string {
  return attributes.trim().split("\n").map((line) => {
    const [name, , value] = line.split("\t");
    return `${name} = ${value}`;
  }).join(", ");
}

function valuesShown({ bytes, dtype, shape }: TracedConstant): string {
  const words = bytes.slice(0, 4 * Math.floor(bytes.length / 4)).buffer;
  const values = dtype === typeNumber("float32")
    ? new Float32Array(words)
    : dtype === typeNumber("int32")
    ? new Int32Array(words)
    : bytes;
  const first = Array.from(values.slice(0, 4), String).join(", ");
  return shape.length === 0 ? first : `[${first}${values.length > 4 ? ", ..." : ""}]`;
}
