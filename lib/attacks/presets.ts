/** The two AutoAttacks in use, and in what they differ. */

/** The attacks in the order in which they run. */
export const attackNames = ["apgd-ce", "apgd-t", "fab-t", "square"] as const;

/** One of the four attacks. */
export type AttackName = typeof attackNames[number];

/** The name of a preset. */
export type PresetName = "torchattacks" | "standard";

/** What a preset sets. */
export interface Preset {
  /** Iterations of APGD-CE, APGD-T and FAB-T. */
  iterations: number;
  /** Classes that APGD-T and FAB-T aim at one after the other, where the network has so many others. */
  targets: number;
  /** Queries of Square Attack, and whether its squares shrink as for 10,000. */
  queries: number;
  rescaledSquares: boolean;
  /** Whether Square Attack in L2 counts the norm of its squares per channel. */
  perChannel: boolean;
  /** Whether APGD-T in L2 moves all images by the first one's step. */
  apgdtL2SharedStep: boolean;
}

/**
 * - `torchattacks`: torchattacks 3.5.1, which the paper names without a version. Its AutoAttack has made 10 iterations since
 *   3.3.0 (2022), not the 100 of the attack's authors, and moves all images by the first one's step in APGD-T with L2.
 * - `standard`: fra31/auto-attack (a392200), version "standard", as its authors define it.
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  torchattacks: {
    iterations: 10,
    targets: 9,
    queries: 5000,
    rescaledSquares: true,
    perChannel: false,
    apgdtL2SharedStep: true,
  },
  standard: {
    iterations: 100,
    targets: 9,
    queries: 5000,
    rescaledSquares: false,
    perChannel: true,
    apgdtL2SharedStep: false,
  },
};
