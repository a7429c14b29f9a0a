/** What a step that is recorded takes from outside of it: arguments of its function, and constants. */
import { typeNumber } from "./attributes.ts";
import { idsOf, type Kept, unrecorded } from "./backend.ts";
import { c, handleOf, type Metadata } from "./c_api.ts";
import { here, notCapturable, placeOf } from "./capture_error.ts";
import { constantIds } from "./constants.ts";
import { type FunctionGraph, type Output, RESOURCE } from "./function_graph.ts";
import type { TracedConstant } from "./recording.ts";
import { isSymbol, type Symbols } from "./symbols.ts";
import { shapeOfTensor, valuesOf } from "./tensor_contents.ts";

const FLOAT = typeNumber("float32");

/** The inputs of a step, declared or met on the way, each with its place in the graph. */
export class StepInputs {
  /** The step's own, in their order. */
  readonly declared: Output[] = [];
  /** Variables, by the numbers of their handles. */
  readonly variables = new Map<number, Output>();
  /** Tensors from outside, where the step may use them. */
  readonly outside = new Map<number, Output>();
  readonly kept = new Map<Kept, Output[]>();
  readonly #constants = new Map<number, { output: Output; traced: TracedConstant }>();
  readonly #keptMetadata = new Map<Kept, Metadata[]>();
  readonly #keptIds = new Set<number>();
  /** What tells variables, constants and tensors from outside apart; {@linkcode Symbols} knows the others'. */
  readonly #labels = new Map<number, string>();
  /** Values that were given to TensorFlow.js during the step. */
  readonly #given = new WeakSet<object>();
  /** Where the tensors were made that JavaScript made during the step. */
  readonly #created = new Map<number, Error>();
  #knownConstants = constantIds();
  readonly #step: string;
  readonly #graph: FunctionGraph;
  readonly #symbols: Symbols;
  readonly #mayUseOutside: boolean;

  constructor(
    step: string,
    graph: FunctionGraph,
    symbols: Symbols,
    options: { mayUseOutside: boolean },
  ) {
    this.#step = step;
    this.#graph = graph;
    this.#symbols = symbols;
    this.#mayUseOutside = options.mayUseOutside;
  }

  /** Declares an input of the step. */
  declare(type: number, shape: readonly number[], label: string): Metadata {
    const [output, metadata] = this.#argument(type, shape, label || "the input");
    this.declared.push(output);
    return metadata;
  }

  /** The arguments for kept tensors. */
  argumentsFor(kept: Kept): Metadata[] {
    let metadata = this.#keptMetadata.get(kept);
    if (metadata === undefined) {
      const number = this.kept.size;
      const tensors = unrecorded(() => kept.present());
      const all = unrecorded(() => idsOf(tensors)).map((id, i) =>
        this.#argument(typeOf(id), tensors[i]!.shape, `kept ${number}:${i}`)
      );
      this.kept.set(kept, all.map(([output]) => output));
      this.#keptMetadata.set(kept, metadata = all.map(([, metadata]) => metadata));
      for (const { id } of metadata) this.#keptIds.add(id);
    }
    return metadata;
  }

  /** Whether it is one of the kept tensors. */
  isKept(id: number): boolean {
    return this.#keptIds.has(id);
  }

  /** Someone gives values for a tensor, which becomes one when an op uses it. */
  given(values: object): void {
    this.#given.add(values);
  }

  /** A tensor was made of values. */
  created(id: number, values: object): void {
    // Others are those of tensors that were there before.
    if (this.#given.has(values)) this.#created.set(id, here());
  }

  /** Whether the tensor's values are the same at each call, as far as is known yet. */
  isConstant(id: number): boolean {
    return this.#created.has(id) || this.#isProjectConstant(id);
  }

  labelOf(id: number): string | undefined {
    return this.#symbols.labelOf(id) ?? this.#labels.get(id);
  }

  /** What the constant is, if the tensor of that number is one that was used. */
  constantOf(id: number): TracedConstant | undefined {
    return this.#constants.get(id)?.traced;
  }

  /**
   * Where a tensor is in the graph.
   *
   * @param use What the step uses it for, for messages
   * @throws {TypeError} where the step may not use it
   */
  resolve(id: number, use: string): Output {
    if (isSymbol(id)) {
      const output = this.#symbols.outputOf(id);
      if (output) return output;
      throw new TypeError(`${this.#step}: ${use} is a tensor of another captured step`);
    }
    return this.variables.get(id) ?? this.outside.get(id) ?? this.#constants.get(id)?.output ??
      this.#meet(id, use);
  }

  /** Takes up a tensor that is met for the first time. */
  #meet(id: number, use: string): Output {
    const handle = handleOf(id);
    if (handle === null) throw new TypeError(`${this.#step}: ${use} was disposed`);
    const type = typeOf(id);
    if (type === RESOURCE) {
      const output = this.#graph.argument(RESOURCE, []);
      this.#labels.set(id, `variable ${this.variables.size}`);
      this.variables.set(id, output);
      return output;
    }
    if (this.isConstant(id)) return this.#addConstant(id, use);
    if (this.#mayUseOutside && type === FLOAT) {
      const output = this.#graph.argument(type, shapeOfTensor(id));
      this.#labels.set(id, `outside ${this.outside.size}`);
      this.outside.set(id, output);
      return output;
    }
    throw notCapturable(
      this.#step,
      `${use} (${placeOf(here())}) is a tensor from outside of the step, whose later values it ` +
        "would not see. Pass it to the step as an input, keep it in a Variable, or, if it never " +
        "changes, make it with `constant`.",
    );
  }

  #addConstant(id: number, use: string): Output {
    const output = this.#graph.constant(id);
    const shape = this.#graph.shapeOf(output) ?? [];
    const place = this.#created.get(id) ?? here();
    this.#labels.set(id, `constant ${this.#constants.size}`);
    this.#constants.set(id, { output, traced: { ...valuesOf(id), shape, use, place } });
    return output;
  }

  #argument(type: number, shape: readonly number[], label: string): [Output, Metadata] {
    const output = this.#graph.argument(type, shape);
    return [output, this.#symbols.add(output, label, shape)];
  }

  /** Whether it is one of the project's constants, some of which are used for the first time in the step. */
  #isProjectConstant(id: number): boolean {
    if (!this.#knownConstants.has(id)) this.#knownConstants = constantIds();
    return this.#knownConstants.has(id);
  }
}

/** TensorFlow's number of the type of the tensor of that number. */
export function typeOf(id: number): number {
  return c.TFE_TensorHandleDataType(handleOf(id));
}
