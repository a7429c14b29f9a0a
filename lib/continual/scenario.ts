/** What a sequence of experiences is. */
import type { ImageSet } from "../datasets/mod.ts";
import type { Heads } from "../models/mod.ts";

/**
 * What changes from one experience to the next (van de Ven and Tolias 2019).
 *
 * - `domain_incremental`: the images, not the classes; one head
 * - `class_incremental`: the classes; one head for all of them, and the test does not say the experience
 * - `task_incremental`: the classes; a head per experience, and the test says the experience
 */
export type ScenarioName = "domain_incremental" | "class_incremental" | "task_incremental";

/** The images of all experiences one after the other. */
export interface Stream {
  readonly images: ImageSet;
  /** The experience of each image. */
  readonly tasks: Int32Array;
  /** Experience k is the images from starts[k] to before starts[k + 1]. */
  readonly starts: readonly number[];
}

/** A sequence of experiences. Labels are indices of the logits that the network has for the image. */
export interface Scenario {
  readonly name: ScenarioName;
  /** Logits of a network with one head. */
  readonly classes: number;
  /** The classes of each experience, by their ids in the data set. */
  readonly experiences: readonly (readonly number[])[];
  /** The head of each experience, in the scenario `task_incremental`. */
  readonly heads?: Heads;
  readonly train: Stream;
  readonly test: Stream;
}
