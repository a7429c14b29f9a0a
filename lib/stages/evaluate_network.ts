import type { AnyNetwork } from "../models/mod.ts";
import type { DatasetChoice, Provenance, Stage } from "../trials/mod.ts";
import type { Measurements } from "./work.ts";

/** What {@linkcode evaluateNetwork} takes. */
export interface EvaluateNetworkOptions {
  /** Whose test images, unknown classes and corruptions, and how many. */
  dataset: DatasetChoice;
  /** What is measured; stages that measure weights, such as those of an experiment after its training. */
  stages: readonly Stage[];
  /** The data folder. */
  data: string;
  /**
   * A folder for what is half done, with what tells the network from others, such as its weights' hash: a measurement that was
   * interrupted goes on there; to be removed once the numbers are stored. Absent: a temporary one.
   */
  resume?: { folder: string; identity: string };
  /** How much is done, 0 to 1, and what happens now; what it throws ends the measurement. */
  onProgress?: (fraction: number, note: string) => void;
}

/** What one stage found out about a network. */
export interface StageMeasurements extends Measurements {
  stage: Stage;
  seconds: number;
  provenance: Provenance;
}

/**
 * Measures a network of one's own as the paper measures its networks (A.1.2): a network of this library, or any function from
 * images [N, H, W, C] with pixels in [0, 1] to logits [N, classes]; differentiable by the images where it is attacked.
 *
 * @returns What each stage measured, in the order of the stages
 * @throws {MissingDataError} where the data set is not on this machine
 * @throws {TypeError} where the network does not give the data set's classes for its images
 * @throws {RangeError} where the logits are not finite, or a stage makes weights instead of measuring them
 *
 * @example
 * ```ts
 * const measured = await evaluateNetwork(model, { dataset: { name: "cifar10" }, stages: evaluationsOn("cifar10"), data });
 * ```
 */
export async function evaluateNetwork(
  network: AnyNetwork,
  options: EvaluateNetworkOptions,
): Promise<StageMeasurements[]> {
  const { evaluateWith } = await import("./evaluate_network_work.ts");
  return await evaluateWith(network, options);
}
