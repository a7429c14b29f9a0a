/** What replay remembers. */

/** A sample as the memory knows it. */
export interface Remembered {
  /** Its index in the stream of training images. */
  image: number;
  label: number;
  /** A random number in [0, 1); of the samples of a class, those with the largest stay. */
  weight: number;
}

/**
 * A memory that is shared equally by the classes seen so far (avalanche-lib 0.6.0, ClassBalancedBuffer with adaptive size).
 *
 * The capacity is divided by the number of classes; what remains goes, one each, to the first classes in ascending order
 * (avalanche-lib takes the order of a Python set, which differs from that by at most one sample per class). Within a class the
 * samples with the largest random weights stay: a uniform choice of all that were seen (reservoir sampling).
 */
export class ClassBalancedMemory {
  readonly #capacity: number;
  /** By class in ascending order, the samples by falling weight. */
  #classes = new Map<number, Remembered[]>();

  /** @throws {RangeError} when the capacity is no whole number from 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `Cannot remember ${capacity} samples: give a whole number of at least 1`,
      );
    }
    this.#capacity = capacity;
  }

  /** Number of samples held. */
  get size(): number {
    return [...this.#classes.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Class by class in ascending order, by falling weight. */
  get samples(): readonly Remembered[] {
    return [...this.#classes.values()].flat();
  }

  /** Replaces all that is held, as {@linkcode samples} gave it. */
  set samples(samples: readonly Remembered[]) {
    this.#classes = new Map(
      [...Map.groupBy(samples, ({ label }) => label)].sort(([a], [b]) => a - b),
    );
  }

  /**
   * Shows new samples; some of them are kept.
   *
   * @throws {RangeError} when a label is no class or a weight no number; nothing has changed
   */
  see(samples: readonly Remembered[]): void {
    for (const { image, label, weight } of samples) {
      if (Number.isInteger(label) && label >= 0 && Number.isFinite(weight)) continue;
      throw new RangeError(
        `Cannot remember image ${image} of class ${label} with a weight of ${weight}`,
      );
    }
    const fresh = Map.groupBy(samples, ({ label }) => label);
    const labels = [...new Set([...this.#classes.keys(), ...fresh.keys()])].sort((a, b) => a - b);
    const least = Math.floor(this.#capacity / labels.length);
    const more = this.#capacity - least * labels.length;
    this.#classes = new Map(labels.map((label, place) => {
      const held = this.#classes.get(label) ?? [];
      const all = [...fresh.get(label) ?? [], ...held];
      if (fresh.has(label)) all.sort((a, b) => b.weight - a.weight);
      return [label, all.slice(0, least + (place < more ? 1 : 0))];
    }));
  }
}
