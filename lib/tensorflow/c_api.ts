/** TensorFlow's C API, as far as captured steps need it, by Deno's FFI. */
import { native } from "./load.ts";

const TF_OUTPUT = { struct: ["pointer", "i32"] } as const;

/** The functions of c_api.h and eager/c_api.h, and those of the addon's binding.cc (`hem_`). */
export const { symbols: c } = Deno.dlopen(native.tensorflow, {
  TF_NewStatus: { parameters: [], result: "pointer" },
  TF_GetCode: { parameters: ["pointer"], result: "i32" },
  TF_Message: { parameters: ["pointer"], result: "pointer" },
  TF_NewBuffer: { parameters: [], result: "pointer" },
  TF_DeleteBuffer: { parameters: ["pointer"], result: "void" },
  TF_TensorData: { parameters: ["pointer"], result: "pointer" },
  TF_TensorByteSize: { parameters: ["pointer"], result: "usize" },
  TF_DeleteTensor: { parameters: ["pointer"], result: "void" },
  // Graphs
  TF_NewGraph: { parameters: [], result: "pointer" },
  TF_DeleteGraph: { parameters: ["pointer"], result: "void" },
  TF_NewOperation: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  TF_AddInput: { parameters: ["pointer", TF_OUTPUT], result: "void" },
  TF_AddInputList: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_AddControlInput: { parameters: ["pointer", "pointer"], result: "void" },
  TF_SetAttrTensor: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },
  TF_FinishOperation: { parameters: ["pointer", "pointer"], result: "pointer" },
  TF_OperationNumOutputs: { parameters: ["pointer"], result: "i32" },
  TF_OperationOutputType: { parameters: [TF_OUTPUT], result: "i32" },
  TF_GraphGetOpDef: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },
  TF_GraphSetTensorShape: {
    parameters: ["pointer", TF_OUTPUT, "buffer", "i32", "pointer"],
    result: "void",
  },
  TF_GraphGetTensorNumDims: { parameters: ["pointer", TF_OUTPUT, "pointer"], result: "i32" },
  TF_GraphGetTensorShape: {
    parameters: ["pointer", TF_OUTPUT, "buffer", "i32", "pointer"],
    result: "void",
  },
  // Functions
  TF_GraphToFunctionWithControlOutputs: {
    parameters: [
      ...["pointer", "buffer", "u8"] as const, // graph, name, append a hash
      ...["i32", "pointer"] as const, // operations
      ...["i32", "buffer"] as const, // inputs
      ...["i32", "buffer", "pointer"] as const, // outputs and their names
      ...["i32", "buffer", "pointer"] as const, // control outputs and their names
      ...["pointer", "pointer", "pointer"] as const, // options, description, status
    ],
    result: "pointer",
  },
  TF_DeleteFunction: { parameters: ["pointer"], result: "void" },
  TFE_ContextAddFunction: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  TFE_ContextRemoveFunction: { parameters: ["pointer", "buffer", "pointer"], result: "void" },
  TFE_ContextHasFunction: { parameters: ["pointer", "buffer"], result: "u8" },
  // Tensors and ops of the context
  TFE_TensorHandleDataType: { parameters: ["pointer"], result: "i32" },
  TFE_TensorHandleResolve: { parameters: ["pointer", "pointer"], result: "pointer" },
  TFE_NewOp: { parameters: ["pointer", "buffer", "pointer"], result: "pointer" },
  // Attributes of the context's ops, and of a graph's
  TFE_OpSetAttrString: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TFE_OpSetAttrStringList: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  TFE_OpSetAttrInt: { parameters: ["pointer", "buffer", "i64"], result: "void" },
  TFE_OpSetAttrIntList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFloat: { parameters: ["pointer", "buffer", "f32"], result: "void" },
  TFE_OpSetAttrFloatList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrBool: { parameters: ["pointer", "buffer", "u8"], result: "void" },
  TFE_OpSetAttrBoolList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrType: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrTypeList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TFE_OpSetAttrFunctionName: {
    parameters: ["pointer", "buffer", "buffer", "usize"],
    result: "void",
  },
  TFE_OpSetAttrShape: {
    parameters: ["pointer", "buffer", "buffer", "i32", "pointer"],
    result: "void",
  },
  TF_SetAttrString: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TF_SetAttrStringList: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrInt: { parameters: ["pointer", "buffer", "i64"], result: "void" },
  TF_SetAttrIntList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrFloat: { parameters: ["pointer", "buffer", "f32"], result: "void" },
  TF_SetAttrFloatList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrBool: { parameters: ["pointer", "buffer", "u8"], result: "void" },
  TF_SetAttrBoolList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrType: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_SetAttrTypeList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrFuncName: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TF_SetAttrShape: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
});

const { symbols: addon } = Deno.dlopen(native.addon, {
  hem_context: { parameters: [], result: "pointer" },
  hem_handle: { parameters: ["i32"], result: "pointer" },
  hem_message: { parameters: [], result: "pointer" },
  hem_execute: {
    parameters: ["buffer", "pointer", "buffer", "i32", "buffer", "i32", "i32"],
    result: "i32",
  },
});

/** A pointer into TensorFlow's memory that is not null. */
export type Pointer = Deno.PointerObject;

/** The context in which TensorFlow.js runs its ops. */
export const context: Deno.PointerValue = addon.hem_context();

/** What TensorFlow.js's addon calls a tensor by, as TensorFlow does; null where there is none. */
export const handleOf = (id: number): Deno.PointerValue => addon.hem_handle(id);

/** A tensor of the context: its number in the addon, its type in TensorFlow, and its shape. */
export interface Metadata {
  id: number;
  dtype: number;
  shape: number[];
}

const inputs = new Int32Array(1 << 16);
const results = new Int32Array(1 << 16);

/**
 * Runs an op, or a function of the context.
 *
 * @param attributes An op of the context whose attributes are taken, or null
 * @throws {Error} TensorFlow's message
 */
export function execute(
  name: string,
  attributes: Deno.PointerValue,
  ids: readonly number[],
  outputs: number,
): Metadata[] {
  if (ids.length > inputs.length) throw new Error(`${name} has ${ids.length} inputs`);
  for (let i = 0; i < ids.length; i++) inputs[i] = ids[i]!;
  const count = addon.hem_execute(
    ...[text(name), attributes, inputs, ids.length] as const,
    ...[results, outputs, results.length] as const,
  );
  if (count < 0) throw new Error(`${name} failed: ${stringAt(addon.hem_message())}`);
  const made = new Array<Metadata>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const rank = results[at + 2]!;
    const shape = new Array<number>(rank);
    for (let axis = 0; axis < rank; axis++) shape[axis] = results[at + 3 + axis]!;
    made[i] = { id: results[at]!, dtype: results[at + 1]!, shape };
    at += 3 + rank;
  }
  return made;
}

const status = c.TF_NewStatus();

/**
 * Calls `f` with a status.
 *
 * @throws {Error} What the status says, when it is not OK
 */
export function checked<T>(f: (status: Deno.PointerValue) => T): T {
  const result = f(status);
  if (c.TF_GetCode(status) !== 0) throw new Error(stringAt(c.TF_Message(status)));
  return result;
}

/** {@linkcode checked} for what may not be null. */
export function made(f: (status: Deno.PointerValue) => Deno.PointerValue): Pointer {
  return checked(f)!;
}

const encoder = new TextEncoder();
const texts = new Map<string, Uint8Array<ArrayBuffer>>();

/** A string as C has it; made once for each, so meant for names. */
export function text(value: string): Uint8Array<ArrayBuffer> {
  let bytes = texts.get(value);
  if (bytes === undefined) texts.set(value, bytes = encoder.encode(`${value}\0`));
  return bytes;
}

function stringAt(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** The bytes of a C structure or array of pointers. */
export function pointersTo(pointers: readonly Deno.PointerValue[]): BigUint64Array<ArrayBuffer> {
  return BigUint64Array.from(pointers, (pointer) => Deno.UnsafePointer.value(pointer));
}
