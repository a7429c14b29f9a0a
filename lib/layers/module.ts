/** What every layer and every network is: named parameters, named buffers and a forward pass. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { Variable } from "../tensorflow/mod.ts";
import type { Layout } from "./layout.ts";

/** How a forward pass is run. */
export interface ForwardOptions {
  /** True while training: batch statistics, dropout. */
  training: boolean;
  /** Seed of this step's dropout masks while training, an int32 scalar; without one nothing is dropped. */
  seed?: Tensor;
}

/** A variable together with how PyTorch stores the same numbers. */
export class StoredVariable extends Variable {
  readonly layout: Layout;

  /** @param initial The values in PyTorch's layout */
  constructor(initial: Float32Array, layout: Layout) {
    super(layout.fromPyTorch(initial), layout.shape);
    this.layout = layout;
  }

  /** Replaces the values by `values` in PyTorch's layout. */
  assignPyTorch(values: Float32Array): void {
    this.assign(this.layout.fromPyTorch(values));
  }

  /** Copies the values to JavaScript, in PyTorch's layout. */
  async readPyTorch(): Promise<Float32Array> {
    return this.layout.toPyTorch(await this.read());
  }
}

/** Numbers of a network that are not learnt, such as indices, in PyTorch's layout. */
export interface Constant {
  shape: readonly number[];
  data: Float32Array | BigInt64Array;
}

/**
 * A layer or a network. Parts are registered in the order in which PyTorch would list them, under PyTorch's names, so that
 * `parameters()` has the names and the order of `named_parameters()`.
 */
export abstract class Module {
  readonly #parameters = new Map<string, StoredVariable>();
  readonly #buffers = new Map<string, StoredVariable>();
  readonly #constants = new Map<string, Constant>();
  readonly #children = new Map<string, Module>();
  readonly #unused = new Set<string>();

  /** Logits or activations of `x`, NHWC. */
  abstract forward(x: Tensor, options: ForwardOptions): Tensor;

  /** Registers a learnt variable. */
  protected parameter(name: string, variable: StoredVariable): StoredVariable {
    this.#parameters.set(name, variable);
    return variable;
  }

  /** Registers a variable that is kept but not learnt, such as a running mean. */
  protected buffer(name: string, variable: StoredVariable): StoredVariable {
    this.#buffers.set(name, variable);
    return variable;
  }

  /** Registers numbers that PyTorch stores with the weights and nothing changes. */
  protected constant(name: string, constant: Constant): void {
    this.#constants.set(name, constant);
  }

  /** Registers a part; the names of the parts of one that is called "" have no prefix. */
  protected child<M extends Module>(name: string, module: M): M {
    this.#children.set(name, module);
    return module;
  }

  /**
   * Registers a part that no forward pass calls. Its parameters count and are stored with the others, as PyTorch does, and
   * no optimiser moves or decays them, since PyTorch gives them no gradient.
   */
  protected unusedChild<M extends Module>(name: string, module: M): M {
    this.#unused.add(name);
    return this.child(name, module);
  }

  /** The module itself, named "", and all its parts by PyTorch's names, in PyTorch's order, those that are unused included. */
  modules(): Map<string, Module> {
    const all = new Map<string, Module>([["", this]]);
    for (const [name, child] of this.#children) {
      for (const [inner, part] of child.modules()) {
        if (inner !== "" || name !== "") all.set(joined(name, inner), part);
      }
    }
    return all;
  }

  /** Learnt variables by PyTorch's names, in PyTorch's order, those of unused parts included. */
  parameters(): Map<string, StoredVariable> {
    return this.#collect((module) => module.#parameters);
  }

  /** {@linkcode parameters} without those of unused parts: what an optimiser moves. */
  trainedParameters(): Map<string, StoredVariable> {
    return this.#collect((module) => module.#parameters, { unused: false });
  }

  /** Variables that are kept but not learnt, by PyTorch's names. */
  buffers(): Map<string, StoredVariable> {
    return this.#collect((module) => module.#buffers);
  }

  /** Parameters, then buffers: PyTorch's `state_dict()`, but for its {@linkcode constants}. */
  state(): Map<string, StoredVariable> {
    return new Map([...this.parameters(), ...this.buffers()]);
  }

  /** Numbers that PyTorch stores with the weights and nothing changes, by PyTorch's names. */
  constants(): Map<string, Constant> {
    return this.#collect((module) => module.#constants);
  }

  /** Frees all variables. */
  dispose(): void {
    for (const variable of this.state().values()) variable.dispose();
  }

  #collect<Item>(
    own: (module: Module) => Map<string, Item>,
    { unused } = { unused: true },
  ): Map<string, Item> {
    const all = new Map(own(this));
    for (const [name, child] of this.#children) {
      if (!unused && this.#unused.has(name)) continue;
      for (const [inner, variable] of child.#collect(own, { unused })) {
        all.set(joined(name, inner), variable);
      }
    }
    return all;
  }
}

function joined(name: string, inner: string): string {
  return name === "" || inner === "" ? name + inner : `${name}.${inner}`;
}

/** The number of learnt values, as Table 2 counts them: those of unused parts included. */
export function parameterCount(module: Module): number {
  let count = 0;
  for (const { shape } of module.parameters().values()) {
    count += shape.reduce((a, b) => a * b, 1);
  }
  return count;
}
