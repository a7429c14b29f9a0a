/** What XLA has no kernels for, by ops for which it has some. */
import { attr, type Attribute } from "./attributes.ts";
import type { Pointer } from "./c_api.ts";
import type { FunctionGraph, Output } from "./function_graph.ts";

/** An op to be added to a graph. */
interface Added {
  op: string;
  attributes: readonly Attribute[];
  inputs: readonly (Output | readonly Output[])[];
  after: Iterable<Pointer>;
}

/** TensorFlow's names of what its rewrites call by oneDNN's. */
const PLAIN: Readonly<Record<string, string>> = { _MklSoftmax: "Softmax" };

const FLOAT = [attr.type("T", "float32")];

/** Adds an op to a graph that XLA is to compile. */
export function addForXla(graph: FunctionGraph, added: Added): Pointer {
  const { op, attributes, inputs, after } = added;
  if (op === "EuclideanNorm") {
    const square = graph.add("Square", FLOAT, [inputs[0]!], after);
    const sum = graph.add("Sum", attributes, [{ operation: square, index: 0 }, inputs[1]!], []);
    return graph.add("Sqrt", FLOAT, [{ operation: sum, index: 0 }], []);
  }
  const plain = PLAIN[op];
  if (plain === undefined) return graph.add(op, attributes, inputs, after);
  return graph.add(plain, attributes.filter(({ name }) => name !== "_kernel"), inputs, after);
}
