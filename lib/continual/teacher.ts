/** What strategies that learn from the network as it was when the last experience ended have in common: LwF and LFL. */
import type { StoredVariable } from "../layers/mod.ts";
import type { Network } from "../models/mod.ts";
import { type Experience, prefixed } from "../training/mod.ts";
import type { Strategy } from "./strategy.ts";

/** A strategy with a teacher. */
export abstract class TaughtStrategy implements Strategy {
  /** How many experiences have ended. */
  protected past = 0;
  /** The network as it was when the last experience ended; it does not learn. */
  protected readonly teacher: Network;
  readonly #student: Network;

  /**
   * @param context.buildNetwork Builds another network of the same architecture
   * @throws {RangeError} when it gives the network itself
   */
  constructor({ network, buildNetwork }: { network: Network; buildNetwork: () => Network }) {
    this.#student = network;
    this.teacher = buildNetwork();
    if (this.teacher === network) {
      throw new RangeError("buildNetwork() gave the network that learns: it has to build another");
    }
  }

  beforeExperience({ index }: Experience): Promise<void> {
    this.past = index;
    return Promise.resolve();
  }

  afterExperience(): Promise<void> {
    const own = this.teacher.state();
    for (const [name, { value }] of this.#student.state()) own.get(name)!.assign(value);
    return Promise.resolve();
  }

  variables(): ReadonlyMap<string, StoredVariable> {
    return new Map(prefixed("teacher", this.teacher.state()));
  }

  dispose(): void {
    this.teacher.dispose();
  }
}
