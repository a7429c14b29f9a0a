/** Tensors of a step that is recorded: they have a place in its graph, a type and a shape, and no values. */
import type { Metadata } from "./c_api.ts";
import type { FunctionGraph, Output } from "./function_graph.ts";

// TensorFlow.js's -1 means "not made yet". It never deletes what is below 0.
const FIRST_ID = -2;

/** Whether a tensor's number is that of a tensor without values. */
export function isSymbol(id: number): boolean {
  return id < 0;
}

/** The tensors without values of one graph, by their numbers. */
export class Symbols {
  readonly #graph: FunctionGraph;
  readonly #outputs = new Map<number, Output>();
  readonly #labels = new Map<number, string>();
  #nextId = FIRST_ID;

  constructor(graph: FunctionGraph) {
    this.#graph = graph;
  }

  /** The tensor for a result of the graph; `label` tells it apart from the others, in comparisons and messages. */
  add(output: Output, label: string, shape: readonly number[]): Metadata {
    const id = this.#nextId--;
    this.#outputs.set(id, output);
    this.#labels.set(id, label);
    return { id, dtype: this.#graph.typeOf(output), shape: [...shape] };
  }

  /** The place in the graph, if the tensor is one of these. */
  outputOf(id: number): Output | undefined {
    return this.#outputs.get(id);
  }

  labelOf(id: number): string | undefined {
    return this.#labels.get(id);
  }
}
