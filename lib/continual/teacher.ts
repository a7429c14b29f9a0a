/** What strategies that learn from the network as it was when the last experience ended have in common: LwF and LFL. */
import type { StoredVariable } from "../layers/mod.ts";
import type { Network } from "../models/mod.ts";
import { type Experience, prefixed } from "../training/mod.ts";
import type { Strategy } from "./strategy.ts";

/** A strategy with a teacher. */
export abstract class TaughtStrategy implements Strategy {
  /** How many experiences have ended. */
  protected past = 0;
  readonly #teacher: Teacher;

  constructor({ network, buildNetwork }: { network: Network; buildNetwork: () => Network }) {
    this.#teacher = new Teacher(network, buildNetwork);
  }

  /** The network as it was when the last experience ended. */
  protected get teacher(): Network {
    return this.#teacher.network;
  }

  beforeExperience({ index }: Experience): Promise<void> {
    this.past = index;
    return Promise.resolve();
  }

  afterExperience(): Promise<void> {
    this.#teacher.copy();
    return Promise.resolve();
  }

  variables(): ReadonlyMap<string, StoredVariable> {
    return new Map(prefixed("teacher", this.#teacher.variables()));
  }

  dispose(): void {
    this.#teacher.dispose();
  }
}

/** A number for each experience, or one for all. */
export type PerExperience = number | readonly number[];

/** The number of an experience, from 0. */
export function ofExperience(numbers: PerExperience, index: number): number {
  return typeof numbers === "number" ? numbers : numbers[index]!;
}

/** A copy of a network that does not learn. */
class Teacher {
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
