/** A TensorFlow graph that is built op by op and becomes a function of the context. */
import { attr, type Attribute, setAttributes, typeNumber } from "./attributes.ts";
import { c, checked, context, handleOf, made, type Pointer, pointersTo, text } from "./c_api.ts";
import { definitionOf, type OpDefinition } from "./op_definition.ts";

/** One result of an op of a graph: TensorFlow's `TF_Output`. */
export interface Output {
  readonly operation: Pointer;
  readonly index: number;
}

function bytesOf(outputs: readonly Output[]): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(16 * outputs.length));
  outputs.forEach(({ operation, index }, i) => {
    bytes.setBigUint64(16 * i, Deno.UnsafePointer.value(operation), true);
    bytes.setInt32(16 * i + 8, index, true);
  });
  return new Uint8Array(bytes.buffer);
}

/** A graph under way. Its shapes are inferred as ops are added; nothing is computed. */
export class FunctionGraph {
  readonly #graph: Pointer = c.TF_NewGraph()!;
  #operations = 0;

  /** An argument of the function. */
  argument(type: number, shape?: readonly number[]): Output {
    const attributes: Attribute[] = [{ ...attr.type("dtype", "float32"), value: type }];
    if (shape) attributes.push(attr.shape("shape", shape));
    return { operation: this.add("Placeholder", attributes, [], []), index: 0 };
  }

  /** A copy of the values of a tensor of the context. */
  constant(id: number): Output {
    const tensor = made((status) => c.TFE_TensorHandleResolve(handleOf(id), status));
    try {
      const type = c.TFE_TensorHandleDataType(handleOf(id));
      const operation = this.#start("Const");
      setAttributes(operation, [{ ...attr.type("dtype", "float32"), value: type }]);
      checked((status) => c.TF_SetAttrTensor(operation, text("value"), tensor, status));
      return { operation: this.#finish(operation), index: 0 };
    } finally {
      c.TF_DeleteTensor(tensor);
    }
  }

  /**
   * Adds an op.
   *
   * @param inputs One output for each argument, or a list of them
   * @param after Ops that have to be done before
   * @throws {Error} TensorFlow's message, when op, attributes and inputs do not fit
   */
  add(
    op: string,
    attributes: readonly Attribute[],
    inputs: readonly (Output | readonly Output[])[],
    after: Iterable<Pointer>,
  ): Pointer {
    const operation = this.#start(op);
    for (const input of inputs) {
      if ("operation" in input) c.TF_AddInput(operation, bytesOf([input]));
      else c.TF_AddInputList(operation, bytesOf(input), input.length);
    }
    for (const other of after) c.TF_AddControlInput(operation, other);
    setAttributes(operation, attributes);
    return this.#finish(operation);
  }

  #start(op: string): Pointer {
    return c.TF_NewOperation(this.#graph, text(op), text(`n${this.#operations++}`))!;
  }

  #finish(operation: Pointer): Pointer {
    return made((status) => c.TF_FinishOperation(operation, status));
  }

  /** What TensorFlow knows of an op. */
  definition(op: string): OpDefinition {
    return definitionOf(op, this.#graph);
  }

  outputCount(operation: Pointer): number {
    return c.TF_OperationNumOutputs(operation);
  }

  typeOf(output: Output): number {
    return c.TF_OperationOutputType(bytesOf([output]));
  }

  /** The shape, as far as it follows from the arguments' shapes: a size is -1, all is undefined, where it does not. */
  shapeOf(output: Output): number[] | undefined {
    const bytes = bytesOf([output]);
    const rank = checked((status) => c.TF_GraphGetTensorNumDims(this.#graph, bytes, status));
    if (rank < 0) return undefined;
    const dims = new BigInt64Array(rank);
    checked((status) => c.TF_GraphGetTensorShape(this.#graph, bytes, dims, rank, status));
    return Array.from(dims, Number);
  }

  /** Tells what a shape is where TensorFlow cannot know it. */
  setShape(output: Output, shape: readonly number[]): void {
    const dims = BigInt64Array.from(shape, BigInt);
    checked((status) =>
      c.TF_GraphSetTensorShape(this.#graph, bytesOf([output]), dims, dims.length, status)
    );
  }

  /**
   * Makes the context know the graph as a function.
   *
   * @param always Ops that are done at each call, whether a result needs them or not
   */
  define(
    name: string,
    inputs: readonly Output[],
    outputs: readonly Output[],
    always: readonly Pointer[],
  ): void {
    const defined = made((status) =>
      c.TF_GraphToFunctionWithControlOutputs(
        ...[this.#graph, text(name), 0] as const,
        ...[-1, null] as const, // all ops
        ...[inputs.length, bytesOf(inputs)] as const,
        ...[outputs.length, bytesOf(outputs), null] as const,
        ...[always.length, pointersTo(always), null] as const,
        ...[null, null, status] as const,
      )
    );
    checked((status) => c.TFE_ContextAddFunction(context, defined, status));
    c.TF_DeleteFunction(defined);
    resultShapes.set(name, outputs.map((output) => this.shapeOf(output)));
  }

  /** Frees the graph; a function made of it stays. */
  dispose(): void {
    c.TF_DeleteGraph(this.#graph);
  }
}

/** The op that calls the function that its attribute `f` names. */
export const CALL = "PartitionedCall";

/** Of the context's functions, as far as they follow from their arguments' shapes. */
const resultShapes = new Map<string, (number[] | undefined)[]>();

/** The shape of a result of a function of the context. */
export function resultShape(name: string, index: number): number[] | undefined {
  return resultShapes.get(name)?.[index];
}

/** Makes the context forget a function. */
export function removeFunction(name: string): void {
  resultShapes.delete(name);
  checked((status) => c.TFE_ContextRemoveFunction(context, text(name), status));
}

/** Whether the context knows a function of that name. */
export function hasFunction(name: string): boolean {
  return c.TFE_ContextHasFunction(context, text(name)) === 1;
}

/** TensorFlow's number for tensors that are handles of variables. */
export const RESOURCE = typeNumber("resource");
