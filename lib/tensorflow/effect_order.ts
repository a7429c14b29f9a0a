/** The order of a step's ops that do more than to compute: in a graph, ops run as soon as their inputs are there. */
import type { Pointer } from "./c_api.ts";

/** An op, as far as the order depends on it. */
export interface OrderedOp {
  /** The numbers of its inputs. */
  readonly ids: readonly number[];
  /** Those of its inputs that are handles of variables. */
  readonly handles: readonly number[];
  /** Whether it only looks at these variables. */
  readonly reads: boolean;
  readonly isStateful: boolean;
}

/** What has been done with a variable. */
interface Uses {
  /** The last op that changed it. */
  write?: Pointer;
  /** Those that have read it since. */
  readonly reads: Set<Pointer>;
}

/**
 * The order in which JavaScript asked for the ops: of each variable, a read comes after the last change, and a change after all
 * reads of what was before and after all that is computed from these; of other effects, each comes after the one before.
 */
export class EffectOrder {
  /** The handles of variables that were changed. */
  readonly written = new Set<number>();
  /** The ops with an effect. */
  readonly effects: Pointer[] = [];
  readonly #uses = new Map<number, Uses>();
  /** Tensors that are the present value of a variable, and whose. */
  readonly #valueOf = new Map<number, number>();
  readonly #usersOfValues = new Map<number, Set<Pointer>>();
  #lastEffect: Pointer | undefined;

  /** What an op has to wait for. */
  before(op: OrderedOp): Set<Pointer> {
    const before = new Set<Pointer>();
    for (const handle of op.handles) {
      const uses = this.#uses.get(handle);
      if (uses?.write) before.add(uses.write);
      if (op.reads || uses === undefined) continue;
      for (const read of uses.reads) before.add(read);
      // Else the change would have to copy the variable.
      for (const user of this.#usersOfValues.get(handle) ?? []) before.add(user);
    }
    if (op.isStateful && op.handles.length === 0 && this.#lastEffect) before.add(this.#lastEffect);
    return before;
  }

  /** Notes that an op was added to the graph. */
  added(op: OrderedOp, operation: Pointer): void {
    for (const id of op.ids) {
      const variable = this.#valueOf.get(id);
      if (variable !== undefined) this.#usersOfValues.get(variable)!.add(operation);
    }
    if (op.handles.length > 0) {
      for (const handle of op.handles) {
        if (op.reads) this.#addRead(handle, operation);
        else this.#addWrite(handle, operation);
      }
      if (!op.reads) this.effects.push(operation);
    } else if (op.isStateful) {
      this.#lastEffect = operation;
      this.effects.push(operation);
    }
  }

  /** Notes that the tensor of that number is a variable's present value. */
  isValueOf(id: number, handle: number): void {
    this.#valueOf.set(id, handle);
    if (!this.#usersOfValues.has(handle)) this.#usersOfValues.set(handle, new Set());
  }

  #addRead(handle: number, operation: Pointer): void {
    const uses = this.#uses.get(handle) ?? { reads: new Set() };
    uses.reads.add(operation);
    this.#uses.set(handle, uses);
  }

  #addWrite(handle: number, operation: Pointer): void {
    this.written.add(handle);
    this.#uses.set(handle, { write: operation, reads: new Set() });
    this.#usersOfValues.set(handle, new Set());
    for (const [id, variable] of this.#valueOf) if (variable === handle) this.#valueOf.delete(id);
  }
}
