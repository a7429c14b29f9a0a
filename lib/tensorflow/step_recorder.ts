/** What TensorFlow.js asks of its addon while a step is recorded, as ops of a graph that computes nothing. */
import { type Attribute, describe } from "./attributes.ts";
import type { Kept, Recorder } from "./backend.ts";
import type { Metadata, Pointer } from "./c_api.ts";
import { here, notCapturable, placeOf } from "./capture_error.ts";
import { EffectOrder } from "./effect_order.ts";
import { CALL, FunctionGraph, type Output, resultShape } from "./function_graph.ts";
import { argumentsOf } from "./op_definition.ts";
import type { TracedOp } from "./recording.ts";
import { StepInputs } from "./step_inputs.ts";
import { isSymbol, Symbols } from "./symbols.ts";
import { shapeOfVariable } from "./tensor_contents.ts";
import { addForXla } from "./xla.ts";

/** How a step is recorded. */
export interface RecordingOptions {
  /** Whether XLA is to compile it. */
  readonly forXla: boolean;
  /** Whether it may use tensors from outside. */
  readonly mayUseOutside: boolean;
  /** Whether kept tensors are the same at each call. */
  readonly keptIsFixed: boolean;
}

/** Ops that only look at the variable whose handle they take. */
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

/** Builds the graph of a step from the calls that its JavaScript makes. */
export class StepRecorder implements Recorder {
  readonly graph = new FunctionGraph();
  readonly order = new EffectOrder();
  readonly inputs: StepInputs;
  readonly trace: TracedOp[] = [];
  readonly #symbols = new Symbols(this.graph);
  readonly #step: string;
  readonly #options: RecordingOptions;

  /** @param step The step's name, for messages */
  constructor(step: string, options: RecordingOptions) {
    this.#step = step;
    this.#options = options;
    this.inputs = new StepInputs(step, this.graph, this.#symbols, options);
  }

  given(values: object): void {
    this.inputs.given(values);
  }

  created(id: number, values: object): void {
    this.inputs.created(id, values);
  }

  read(id: number): void {
    if (this.inputs.isConstant(id)) return;
    throw notCapturable(
      this.#step,
      `it reads the values of ${this.inputs.labelOf(id) ?? "a tensor"} while it runs ` +
        `(${
          placeOf(here())
        }). A captured step computes on tensors only; return what is to be read.`,
    );
  }

  kept(kept: Kept): Metadata[] | undefined {
    const isStale = kept.sources.some((handle) => this.order.written.has(handle));
    return isStale ? undefined : this.inputs.argumentsFor(kept);
  }

  isFixed(id: number): boolean {
    return this.#options.keptIsFixed && this.inputs.isKept(id);
  }

  after(id: number, others: readonly number[]): Metadata {
    const input = this.inputs.resolve(id, "what waits");
    const before = others.map((other) =>
      this.inputs.resolve(other, "what is waited for").operation
    );
    const output = this.#identity(input, new Set(before));
    const label = `${this.inputs.labelOf(id)}, later`;
    return this.#symbols.add(output, label, this.graph.shapeOf(output)!);
  }

  executeOp(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
  ): Metadata[] {
    if (MAKERS.has(name)) {
      throw notCapturable(
        this.#step,
        `it makes or destroys a variable (${name}, ${placeOf(here())}). Make it before the step.`,
      );
    }
    try {
      return this.#add(name, attributes, ids, outputs);
    } catch (error) {
      if (error instanceof TypeError) throw error;
      const reason = error instanceof Error ? error.message : error;
      throw notCapturable(this.#step, `its op ${name} fails (${placeOf(here())}): ${reason}`);
    }
  }

  #add(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
  ): Metadata[] {
    const definition = this.graph.definition(name);
    const inputs = ids.map((id, i) => this.inputs.resolve(id, `input ${i} of ${name}`));
    const op = {
      ids,
      handles: ids.filter((id) => this.inputs.variables.has(id)),
      reads: READERS.has(name),
      isStateful: definition.isStateful,
    };
    const after = this.order.before(op);
    const args = argumentsOf(inputs, definition, attributes);
    const operation = this.#options.forXla
      ? addForXla(this.graph, { op: name, attributes, inputs: args, after })
      : this.graph.add(name, attributes, args, after);
    this.trace.push({
      name,
      attributes: describe(attributes),
      inputs: ids.map((id) => this.inputs.labelOf(id)).join(", "),
      constants: ids.flatMap((id) => this.inputs.constantOf(id) ?? []),
    });
    this.order.added(op, operation);
    const called = name === CALL
      ? attributes.find((attribute) => attribute.name === "f")!.value as string
      : undefined;
    const results = this.#resultsOf(name, operation, outputs, op.handles[0], called);
    if (name === "ReadVariableOp") this.order.isValueOf(results[0]!.id, op.handles[0]!);
    return results;
  }

  /** The first results of an op as tensors. */
  #resultsOf(
    name: string,
    operation: Pointer,
    count: number,
    handle: number | undefined,
    called: string | undefined,
  ): Metadata[] {
    const made = Math.min(count, this.graph.outputCount(operation));
    return Array.from({ length: made }, (_, index) => {
      const output = { operation, index };
      // What TensorFlow cannot know.
      const told = name === "ReadVariableOp"
        ? shapeOfVariable(handle!)
        : called !== undefined && resultShape(called, index);
      if (told) this.graph.setShape(output, told);
      const shape = this.graph.shapeOf(output);
      if (index === 0 && (shape === undefined || shape.includes(-1))) {
        throw notCapturable(
          this.#step,
          `the shape of ${name}'s result depends on values (${placeOf(here())})`,
        );
      }
      const label = `${name} (op ${this.trace.length - 1})${index === 0 ? "" : `:${index}`}`;
      return this.#symbols.add(output, label, shape ?? [-1]);
    });
  }

  /**
   * The step's results as different results of ops, which is what a function's results have to be.
   *
   * @param labels Their places in what the step returns
   */
  results(ids: readonly number[], labels: readonly string[]): Output[] {
    const taken = new Set(this.inputs.declared.map(keyOf));
    const outputs = ids.map((id, i) => {
      const output = this.inputs.resolve(id, `result ${i}`);
      if (!isSymbol(id) || taken.has(keyOf(output))) return this.#identity(output);
      taken.add(keyOf(output));
      return output;
    });
    this.trace.push({
      name: "return",
      attributes: "",
      inputs: ids.map((id, i) => (labels[i] ? `${labels[i]}: ` : "") + this.inputs.labelOf(id))
        .join(", "),
      constants: ids.flatMap((id) => this.inputs.constantOf(id) ?? []),
    });
    return outputs;
  }

  #identity(output: Output, after: Iterable<Pointer> = []): Output {
    return { operation: this.graph.add("Identity", [], [output], after), index: 0 };
  }
}

function keyOf({ operation, index }: Output): string {
  return `${Deno.UnsafePointer.value(operation)}:${index}`;
}
