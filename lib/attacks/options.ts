import type { Norm } from "./ball.ts";
import type { AttackName, Preset, PresetName } from "./presets.ts";
import type { RandomSource } from "./random_source.ts";

/** How AutoAttack attacks. */
export interface AutoAttackOptions {
  /** How the size of a change is measured. */
  norm: Norm;
  /** How large a change may be, for pixels in [0, 1]. */
  epsilon: number;
  /** Which AutoAttack: see {@linkcode presets}. `"torchattacks"` unless given. */
  preset?: PresetName;
  /** 0 unless given. Every batch gets the same random numbers, as in both originals. */
  seed?: number;
  /**
   * How many images are attacked together; 250 unless given, as in the original. What an attack leaves of all images is put
   * into new batches for the next. The random starts, and where `apgdtL2SharedStep` holds the steps, depend on it.
   */
  batchSize?: number;
  /**
   * How many classes APGD-T and FAB-T aim at, from the one with the second largest logit on; unless given 9, or all other classes
   * where there are fewer. With more than there are, the run ends with a RangeError, as the originals' do, if an image is
   * still not fooled when no class is left.
   */
  targets?: number;
  /** How often Square Attack may ask about an image; 5000 unless given, as in both originals. It takes most of the time. */
  queries?: number;
  /** Iterations of APGD-CE, APGD-T and FAB-T; as the preset says unless given. */
  iterations?: number;
  /** APGD-T in L2: whether all images of a batch move by the first one's step; as the preset says unless given. */
  apgdtL2SharedStep?: boolean;
  /**
   * Whether APGD and FAB let an image go as soon as it is fooled; true unless given. The same images are fooled, by the same
   * attacks, several times sooner; but what comes back is the first adversarial image and not, as from the originals, that of
   * the last iteration (APGD) or the nearest (FAB), of which a network is more confident. False where the images matter.
   */
  earlyStop?: boolean;
  /**
   * Whether iterations are captured steps, as unless this is false; the numbers differ by rounding. A model is then a function of
   * its images and of tensors that stay the same, and reads no values; where one is not, false runs its ops one by one.
   */
  captured?: boolean;
  /** Stops the run: it throws the signal's reason. */
  signal?: AbortSignal;
  /** A file that keeps where the run stands. When it is there, the run goes on from it; remove it when the result is stored. */
  state?: { file: string };
  /** Called every so often with how much is done, 0 to 1, and with what is under way. What it throws stops the run. */
  onProgress?: (fraction: number, note: string) => void;
  /** Where the random numbers of an attack on a batch come from, instead of the seed. */
  random?: (attack: AttackName) => RandomSource;
}

/** The preset as changed by the options, and the options that have no preset. */
export type Settings = Preset & { seed: number; batchSize: number; earlyStop: boolean };
