/** Attributes of TensorFlow's ops, as TensorFlow.js has them and with lists of strings and types besides. */
import type { DataType } from "@tensorflow/tfjs-node-gpu";
import { c, checked, context, made, type Pointer, pointersTo, text } from "./c_api.ts";

/** An attribute of a TensorFlow op. */
export interface Attribute {
  readonly name: string;
  /** TensorFlow's `TF_AttrType`. */
  readonly type: number;
  readonly value: unknown;
}

// tensorflow/c/tf_attrtype.h
const [STRING, INT, FLOAT, BOOL, TYPE, SHAPE, FUNCTION] = [0, 1, 2, 3, 4, 5, 8];

// Types in tensorflow/core/framework/types.proto, by TensorFlow.js's name or, where it has none, TensorFlow's.
const TYPES = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
} as const;

/** A type that tensors have in TensorFlow. */
export type Type = DataType & keyof typeof TYPES | "uint8" | "int64" | "resource";

/** The number by which TensorFlow calls a type. */
export function typeNumber(type: Type): number {
  return TYPES[type];
}

/** Makes attributes of TensorFlow ops. Those with constant values are best made once. */
export const attr = {
  /** A type, e.g. `attr.type("T", "float32")`. */
  type: (name: string, type: Type): Attribute => ({ name, type: TYPE, value: TYPES[type] }),
  /** A list of types. */
  types: (name: string, types: readonly Type[]): Attribute => ({
    name,
    type: TYPE,
    value: types.map(typeNumber),
  }),
  /** An integer or a list of integers. */
  int: (name: string, value: number | readonly number[]): Attribute => ({ name, type: INT, value }),
  /** A float or a list of floats. */
  float: (name: string, value: number | readonly number[]): Attribute => ({
    name,
    type: FLOAT,
    value,
  }),
  /** A boolean. */
  bool: (name: string, value: boolean): Attribute => ({ name, type: BOOL, value }),
  /** A string. */
  string: (name: string, value: string): Attribute => ({ name, type: STRING, value }),
  /** A list of strings. */
  strings: (name: string, value: readonly string[]): Attribute => ({ name, type: STRING, value }),
  /** A shape. */
  shape: (name: string, value: readonly number[]): Attribute => ({ name, type: SHAPE, value }),
  /** A function of the context, by its name. */
  function: (name: string, value: string): Attribute => ({ name, type: FUNCTION, value }),
};

const encoder = new TextEncoder();

// The functions that set attributes of the context's ops and of a graph's ops differ in the name only.
const EAGER = {
  string: c.TFE_OpSetAttrString,
  strings: c.TFE_OpSetAttrStringList,
  int: c.TFE_OpSetAttrInt,
  ints: c.TFE_OpSetAttrIntList,
  float: c.TFE_OpSetAttrFloat,
  floats: c.TFE_OpSetAttrFloatList,
  bool: c.TFE_OpSetAttrBool,
  bools: c.TFE_OpSetAttrBoolList,
  type: c.TFE_OpSetAttrType,
  types: c.TFE_OpSetAttrTypeList,
  function: c.TFE_OpSetAttrFunctionName,
  shape: (op: Pointer, name: BufferSource, dims: BufferSource, rank: number) =>
    checked((status) => c.TFE_OpSetAttrShape(op, name, dims, rank, status)),
};

const GRAPH: typeof EAGER = {
  string: c.TF_SetAttrString,
  strings: c.TF_SetAttrStringList,
  int: c.TF_SetAttrInt,
  ints: c.TF_SetAttrIntList,
  float: c.TF_SetAttrFloat,
  floats: c.TF_SetAttrFloatList,
  bool: c.TF_SetAttrBool,
  bools: c.TF_SetAttrBoolList,
  type: c.TF_SetAttrType,
  types: c.TF_SetAttrTypeList,
  function: c.TF_SetAttrFuncName,
  shape: c.TF_SetAttrShape,
};

function set(setters: typeof EAGER, op: Pointer, { name, type, value }: Attribute): void {
  const key = text(name);
  const list = Array.isArray(value) ? value : undefined;
  switch (type) {
    case STRING: {
      if (list === undefined) {
        const bytes = encoder.encode(value as string);
        return setters.string(op, key, bytes, BigInt(bytes.length));
      }
      const items = list.map((item: string) => encoder.encode(item));
      const starts = pointersTo(items.map((item) => Deno.UnsafePointer.of(item)));
      const lengths = BigUint64Array.from(items, (item) => BigInt(item.length));
      return setters.strings(op, key, starts, lengths, items.length);
    }
    case FUNCTION: {
      const bytes = encoder.encode(value as string);
      return setters.function(op, key, bytes, BigInt(bytes.length));
    }
    case INT:
      if (list === undefined) return setters.int(op, key, BigInt(value as number));
      return setters.ints(op, key, BigInt64Array.from(list, BigInt), list.length);
    case FLOAT:
      if (list === undefined) return setters.float(op, key, value as number);
      return setters.floats(op, key, Float32Array.from(list), list.length);
    case BOOL:
      if (list === undefined) return setters.bool(op, key, value ? 1 : 0);
      return setters.bools(op, key, Uint8Array.from(list, Number), list.length);
    case TYPE:
      if (list === undefined) return setters.type(op, key, value as number);
      return setters.types(op, key, Int32Array.from(list), list.length);
    case SHAPE:
      return setters.shape(op, key, BigInt64Array.from(list!, BigInt), list!.length);
    default:
      throw new TypeError(`TensorFlow has no attribute of type ${type} (${name})`);
  }
}

/** Gives a new op of a graph its attributes. */
export function setAttributes(operation: Pointer, attributes: readonly Attribute[]): void {
  for (const attribute of attributes) set(GRAPH, operation, attribute);
}

/** Attributes as text, the same for the same ones. */
export function describe(attributes: readonly Attribute[]): string {
  let all = "";
  for (const { name, type, value } of attributes) {
    all += `${name}\t${type}\t${Array.isArray(value) ? `[${value}]` : value}\n`;
  }
  return all;
}

const byList = new WeakMap<readonly Attribute[], Map<string, Pointer>>();
const byContent = new Map<string, Pointer>();

/** An op of the context that has these attributes, to copy them from; made once for each content, and kept. */
export function prototypeOf(op: string, attributes: readonly Attribute[]): Deno.PointerValue {
  if (attributes.length === 0) return null;
  let known = byList.get(attributes);
  let prototype = known?.get(op);
  if (prototype !== undefined) return prototype;
  const content = `${op}\n${describe(attributes)}`;
  prototype = byContent.get(content);
  if (prototype === undefined) {
    prototype = made((status) => c.TFE_NewOp(context, text(op), status));
    for (const attribute of attributes) set(EAGER, prototype, attribute);
    byContent.set(content, prototype);
  }
  if (known === undefined) byList.set(attributes, known = new Map());
  known.set(op, prototype);
  return prototype;
}
