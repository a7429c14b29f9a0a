/** Parts of a step that XLA compiles: one pass over the data for what would be many. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, type Attribute, type Type, typeNumber } from "./attributes.ts";
import { unrecorded } from "./backend.ts";
import { CALL } from "./function_graph.ts";
import { onGpu, runMany } from "./kernel.ts";
import { recordStep } from "./record_step.ts";

// Below so many numbers the ops one by one are as fast, and the compiler's time, half a second for each shape, does not pay.
const LEAST = 1 << 20;

/** A part as XLA has compiled it for some shapes. */
interface Compiled {
  attributes: readonly Attribute[];
  outputs: number;
}

type Part = (inputs: readonly Tensor[]) => Tensor[];

let made = 0;

/**
 * Makes XLA compile a function of tensors, once for the shapes of its inputs, when it first runs; that is worth it for chains of
 * ops that treat each number, or row, by itself. It is part of whatever step calls it. On a GPU, and for small tensors, its ops run
 * one by one.
 *
 * @param name Names the function in messages
 * @param part Runs ops, to float32 tensors; nothing in it is differentiable, and it uses no variables. Its first input says how large it is
 * @param options.otherwise The same in ops that are faster one by one, where there are such
 */
export function compiled(
  name: string,
  part: Part,
  { otherwise = part }: { otherwise?: Part } = {},
): Part {
  const byShapes = new Map<string, Compiled>();
  return (inputs) => {
    if (!isCompiled(inputs[0]!)) return otherwise(inputs);
    const key = inputs.map(({ shape }) => shape.join()).join(" ");
    let known = byShapes.get(key);
    if (known === undefined) byShapes.set(key, known = compile(name, part, inputs));
    return runMany(CALL, known.attributes, inputs, known.outputs);
  };
}

/** Whether a part whose first input is this one is compiled. */
export function isCompiled({ size }: Tensor): boolean {
  return !onGpu && size >= LEAST;
}

function compile(
  name: string,
  part: Part,
  inputs: readonly Tensor[],
): Compiled {
  const options = { forXla: true, mayUseOutside: false, keptIsFixed: false };
  const recording = unrecorded(() => {
    const declared = inputs.map(({ shape, dtype }, i) => ({
      label: `input ${i}`,
      type: typeNumber(dtype as Type),
      shape,
    }));
    const step = (symbols: Tensor[]) => ({ tensors: part(symbols), labels: [] });
    return recordStep(name, declared, step, options);
  });
  const functionName = `compiled_${made++}`;
  const { graph, inputs: args, results, effects } = recording;
  try {
    graph.define(functionName, args, results, effects);
  } finally {
    graph.dispose();
  }
  return {
    attributes: [
      attr.types("Tin", inputs.map(({ dtype }) => dtype as Type)),
      attr.types("Tout", results.map(() => "float32")),
      attr.function("f", functionName),
      attr.bool("_XlaMustCompile", true),
    ],
    outputs: results.length,
  };
}
