/** The network as it was when the last experience ended. */
import type { StoredVariable } from "../layers/mod.ts";
import type { Network } from "../models/mod.ts";

/** A copy of a network that does not learn. */
export class Teacher {
  readonly network: Network;
  readonly #student: Network;

  /** @param buildNetwork Builds a network of the student's architecture */
  constructor(student: Network, buildNetwork: () => Network) {
    this.#student = student;
    this.network = buildNetwork();
  }

  /** Takes over the student's present weights and running statistics. */
  copy(): void {
    const own = variablesOf(this.network);
    for (const [name, { value }] of variablesOf(this.#student)) own.get(name)!.assign(value);
  }

  /** Weights and running statistics by name. */
  variables(): ReadonlyMap<string, StoredVariable> {
    return variablesOf(this.network);
  }

  dispose(): void {
    this.network.dispose();
  }
}

function variablesOf(network: Network): Map<string, StoredVariable> {
  return new Map([...network.parameters(), ...network.buffers()]);
}
