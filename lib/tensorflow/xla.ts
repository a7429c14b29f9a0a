/** What XLA has no kernel for, or a slow one, by ops for which it has better ones. */
import { attr, type Attribute } from "./attributes.ts";
import { idsOf } from "./backend.ts";
import type { Pointer } from "./c_api.ts";
import { axes, integer, number } from "./constants.ts";
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
const KEEP = [...FLOAT, attr.type("Tidx", "int32"), attr.bool("keep_dims", true)];
const PER_ROW = [attr.int("batch_dims", 1)];
const COLUMN = [attr.int("squeeze_dims", [1])];
const LAST_AXIS = [attr.int("axis", -1)];
const TWO_FLOATS = [attr.types("T", ["float32", "float32"])];
const CLASSES = axes(1);

/** Adds an op to a graph that XLA is to compile. */
export function addForXla(graph: FunctionGraph, added: Added): Pointer {
  const { op, attributes, inputs, after } = added;
  if (op === "EuclideanNorm") {
    const square = graph.add("Square", FLOAT, [inputs[0]!], after);
    const sum = graph.add("Sum", attributes, [first(square), inputs[1]!], []);
    return graph.add("Sqrt", FLOAT, [first(sum)], []);
  }
  if (op === "SparseSoftmaxCrossEntropyWithLogits") {
    return addCrossEntropy(graph, ...inputs as [Output, Output]);
  }
  const plain = PLAIN[op];
  if (plain === undefined) return graph.add(op, attributes, inputs, after);
  return graph.add(plain, attributes.filter(({ name }) => name !== "_kernel"), inputs, after);
}

/**
 * With m the largest logit: log sum exp(y - m) + m - y_l, and exp(y - m) / sum exp(y - m) - onehot(l). XLA's own lowering takes
 * twice as long.
 */
function addCrossEntropy(graph: FunctionGraph, y: Output, labels: Output): Pointer {
  const add = (op: string, attributes: readonly Attribute[], ...inputs: Output[]) =>
    first(graph.add(op, attributes, inputs, []));
  const constant = (tensor: ReturnType<typeof number>) => graph.constant(idsOf([tensor])[0]!);
  const classes = constant(CLASSES);
  const largest = add("Max", KEEP, y, classes);
  const powers = add("Exp", FLOAT, add("Sub", FLOAT, y, largest));
  const sum = add("Sum", KEEP, powers, classes);
  const column = add("ExpandDims", [], labels, constant(integer(1)));
  const ofLabel = add("GatherV2", PER_ROW, y, column, constant(integer(1)));
  const logSum = add("AddV2", FLOAT, add("Log", FLOAT, sum), largest);
  const losses = add("Squeeze", COLUMN, add("Sub", FLOAT, logSum, ofLabel));
  const count = constant(integer(graph.shapeOf(y)![1]!));
  const oneHot = add("OneHot", LAST_AXIS, labels, count, constant(number(1)), constant(number(0)));
  const slopes = add("Sub", FLOAT, add("RealDiv", FLOAT, powers, sum), oneHot);
  return graph.add("IdentityN", TWO_FLOATS, [[losses, slopes]], []);
}

function first(operation: Pointer): Output {
  return { operation, index: 0 };
}
