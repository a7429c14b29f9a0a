/** What TensorFlow's registration of an op says about its arguments. */
import type { Attribute } from "./attributes.ts";
import { c, checked, type Pointer, text } from "./c_api.ts";

// Not before TensorFlow.js: an error of it would come while what is printed is caught, and nobody would see it.
const { default: proto } = await import("@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js");

/** An op's registration, as far as it is needed here. */
export interface OpDefinition {
  readonly arguments: readonly Argument[];
  /** Whether it does more than to compute its results from its inputs. */
  readonly isStateful: boolean;
}

/** An argument of an op: one tensor, or a list with as many as an attribute says. */
interface Argument {
  readonly countedBy?: string;
  /** The count where that attribute is not given. */
  readonly countIfSilent?: number;
}

/** `OpDef` of tensorflow/core/framework/op_def.proto, as far as it is read here. */
interface OpDef {
  getIsStateful(): boolean;
  getInputArgList(): { getNumberAttr(): string; getTypeListAttr(): string }[];
  getAttrList(): {
    getName(): string;
    getDefaultValue(): { getI(): number; getList(): { getTypeList(): number[] } | null } | null;
  }[];
}

const known = new Map<string, OpDefinition>();

/** The definition of an op, by any graph. */
export function definitionOf(op: string, graph: Pointer): OpDefinition {
  let definition = known.get(op);
  if (definition === undefined) known.set(op, definition = read(op, graph));
  return definition;
}

function read(op: string, graph: Pointer): OpDefinition {
  const buffer = c.TF_NewBuffer();
  try {
    checked((status) => c.TF_GraphGetOpDef(graph, text(op), buffer, status));
    // struct TF_Buffer { const void* data; size_t length; ... }
    const fields = new Deno.UnsafePointerView(buffer!);
    const [data, length] = [fields.getPointer(0)!, Number(fields.getBigUint64(8))];
    const bytes = new Deno.UnsafePointerView(data).getArrayBuffer(length);
    const definition: OpDef = proto.OpDef.deserializeBinary(new Uint8Array(bytes.slice(0)));
    return {
      isStateful: definition.getIsStateful(),
      arguments: definition.getInputArgList().map((argument) => argumentOf(argument, definition)),
    };
  } finally {
    c.TF_DeleteBuffer(buffer);
  }
}

function argumentOf(
  argument: ReturnType<OpDef["getInputArgList"]>[number],
  definition: OpDef,
): Argument {
  const countedBy = argument.getNumberAttr() || argument.getTypeListAttr();
  if (!countedBy) return {};
  const attribute = definition.getAttrList().find((attribute) => attribute.getName() === countedBy);
  const silent = attribute?.getDefaultValue();
  if (!silent) return { countedBy };
  const countIfSilent = argument.getNumberAttr()
    ? silent.getI()
    : silent.getList()?.getTypeList().length ?? 0;
  return { countedBy, countIfSilent };
}

/**
 * An op's inputs, one after another, as its arguments: lists where it takes lists.
 *
 * @throws {Error} when there are more or fewer inputs than the arguments take
 */
export function argumentsOf<Input>(
  inputs: readonly Input[],
  definition: OpDefinition,
  attributes: readonly Attribute[],
): (Input | Input[])[] {
  const given = (name: string) => attributes.find((attribute) => attribute.name === name)?.value;
  const counts = definition.arguments.map(({ countedBy, countIfSilent }) => {
    if (countedBy === undefined) return 1;
    const value = given(countedBy);
    if (Array.isArray(value)) return value.length;
    return typeof value === "number" ? value : countIfSilent;
  });
  // A list whose count nobody says takes what the others leave.
  const told = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  let at = 0;
  const groups = definition.arguments.map(({ countedBy }, i) => {
    const count = counts[i] ?? inputs.length - told;
    const group = inputs.slice(at, at + count);
    at += count;
    return countedBy === undefined ? group[0]! : group;
  });
  if (at !== inputs.length) throw new Error(`it takes ${at} inputs and has ${inputs.length}`);
  return groups;
}
