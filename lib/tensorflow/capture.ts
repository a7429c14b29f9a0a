/** Captured steps: a function of tensors becomes one TensorFlow function, and each call of it one call of TensorFlow. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { attr, prototypeOf } from "./attributes.ts";
import { idsOf, isCapturing, type Kept, tensorOf } from "./backend.ts";
import { execute } from "./c_api.ts";
import { removeFunction } from "./function_graph.ts";
import { recordStep } from "./record_step.ts";
import { checkSame, type Recording } from "./recording.ts";
import { typeOf } from "./step_inputs.ts";
import { flatten, type Tensors } from "./tensors.ts";
import { forgetAll, releaseOf } from "./variable.ts";

/** A captured step: called like the step itself. */
export interface Captured<Inputs extends Tensors, Results extends Tensors> {
  (inputs: Inputs): Results;
  /** Frees the functions of all shapes. */
  dispose(): void;
}

/** What was made of a step for inputs of some shapes. */
interface Function {
  readonly name: string;
  /** The numbers of the variables' handles and of the tensors from outside. */
  readonly taken: readonly number[];
  readonly kept: readonly Kept[];
  /** The numbers of the kept tensors that its kernels take to be always the same, of its first call on. */
  fixed: readonly number[] | undefined;
  readonly written: ReadonlySet<number>;
  readonly outputs: number;
  readonly rebuild: (tensors: Tensor[]) => Tensors;
  /** The recording, until it was compared with that of a second call. */
  unchecked: Recording | undefined;
}

let made = 0;

const XLA = [attr.bool("_XlaMustCompile", true)];

/**
 * Makes a step of tensors one TensorFlow function.
 *
 * The first call with inputs of given shapes and types runs the step's JavaScript once with tensors that have shapes and no
 * values, and records its ops; TensorFlow's own gradients and the project's pass as they are. That and each later call
 * then is one call of TensorFlow. So the step
 *
 * - is a function of its inputs: what JavaScript makes anew each call (a batch, a learning rate, a seed) is an input, as a
 *   tensor. A tensor that it makes itself is a constant, the same at each call. The step is recorded twice, and once more
 *   at the second call: a constant, op, attribute, variable or result that differs is an error that names it
 * - reads and changes variables in its order
 * - may use no other tensor from outside but the project's constants
 * - reads no values; what it returns can be read
 *
 * Inside of another captured step it is recorded as part of that one. No gradient goes through it.
 *
 * @param step Gets what the captured step gets: a tensor, or tensors in arrays or objects; returns the like
 * @param options.name Names the step in messages
 * @param options.xla Whether XLA compiles the function when it is called first, which takes a second or two; that is worth it
 *   for small ops called very often, not for convolutions, and it has none of oneDNN's kernels
 * @param options.outside Whether the step may use float32 tensors from outside, as arguments; whoever allows it knows that they
 *   are the same tensors at each call, such as the weights of a model of `tf.layers` that is not trained meanwhile
 * @returns The captured step, whose results belong to the caller
 * @throws {TypeError} When called: what in the step cannot be captured, and where it is
 */
export function capture<Inputs extends Tensors, Results extends Tensors>(
  step: (inputs: Inputs) => Results,
  options: { name?: string; xla?: boolean; outside?: boolean } = {},
): Captured<Inputs, Results> {
  const name = options.name ?? (step.name || "The step");
  const functions = new Map<string, Function>();
  const attributes = options.xla ? prototypeOf("NoOp", XLA) : null;

  // Until they were seen to change.
  let keptIsFixed = true;

  const record = (inputs: Inputs): { recording: Recording; rebuild: Function["rebuild"] } => {
    const { tensors, labels, rebuild } = flatten(inputs, `The inputs of ${name}`);
    let rebuildResults: Function["rebuild"];
    // Values that were read before would be taken for constants; those read now have no values.
    forgetAll();
    try {
      const ids = idsOf(tensors);
      const recording = recordStep(
        name,
        tensors.map(({ shape }, i) => ({ label: labels[i]!, type: typeOf(ids[i]!), shape })),
        (symbols) => {
          const results = flatten(step(rebuild(symbols) as Inputs), `The results of ${name}`);
          rebuildResults = results.rebuild;
          return results;
        },
        { forXla: options.xla === true, mayUseOutside: options.outside === true, keptIsFixed },
      );
      return { recording, rebuild: rebuildResults! };
    } finally {
      forgetAll();
    }
  };

  const define = (inputs: Inputs): Function => {
    const { recording, rebuild } = record(inputs);
    try {
      check(name, recording, record(inputs).recording);
      const { graph, inputs: args, variables, outside, kept, written, results, effects } =
        recording;
      const functionName = `captured_${made++}`;
      const taken = new Map([...variables, ...outside]);
      const all = [...args, ...taken.values(), ...[...kept.values()].flat()];
      graph.define(functionName, all, results, effects);
      return {
        name: functionName,
        taken: [...taken.keys()],
        kept: [...kept.keys()],
        fixed: undefined,
        written,
        outputs: results.length,
        rebuild,
        unchecked: recording,
      };
    } finally {
      recording.graph.dispose();
    }
  };

  const functionFor = (key: string, inputs: Inputs): Function => {
    let known = functions.get(key);
    if (known?.unchecked) {
      check(name, known.unchecked, record(inputs).recording);
      known.unchecked = undefined;
    }
    if (known !== undefined && keptIsFixed && hasOtherKept(known)) {
      keptIsFixed = false;
      forget();
      known = undefined;
    }
    if (known === undefined) functions.set(key, known = define(inputs));
    known.fixed ??= idsOf(presentOf(known));
    return known;
  };

  const forget = () => {
    for (const { name } of functions.values()) removeFunction(name);
    functions.clear();
  };

  const captured = (inputs: Inputs): Results => {
    if (isCapturing()) return step(inputs);
    const { tensors, labels } = flatten(inputs, `The inputs of ${name}`);
    const key = tensors.map(({ dtype, shape }, i) => `${labels[i]} ${dtype} ${shape}`).join("\n");
    const known = functionFor(key, inputs);
    // Values that were read before share the variables' memory, which could not be changed in place.
    releaseOf(known.written);
    const ids = [...idsOf(tensors), ...known.taken, ...idsOf(presentOf(known))];
    const results = execute(known.name, attributes, ids, known.outputs);
    if (known.kept.length > 0) releaseOf(known.written);
    return known.rebuild(results.map(tensorOf)) as Results;
  };
  captured.dispose = forget;
  return captured;
}

/** The kept tensors that a function takes, as they are now. */
function presentOf({ kept }: Function): Tensor[] {
  return kept.flatMap((kept) => kept.present());
}

/** Whether the kept tensors are others than at the function's first call. */
function hasOtherKept(known: Function): boolean {
  const ids = idsOf(presentOf(known));
  return known.fixed?.some((id, i) => id !== ids[i]) ?? false;
}

/** Compares with a second recording, which is not needed afterwards. */
function check(name: string, first: Recording, second: Recording): void {
  second.graph.dispose();
  checkSame(name, first, second);
}
