/** AutoAttack: four attacks one after the other, each on the images that those before it could not fool. */
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { predictions } from "../evaluation/mod.ts";
import type { AnyNetwork } from "../models/mod.ts";
import { checkImages, checkLabels, checkOptions } from "./arguments.ts";
import type { Norm } from "./ball.ts";
import { predictLogits } from "./predict.ts";
import type { AutoAttackOptions, Settings } from "./options.ts";
import { type AttackName, attackNames, type Preset, type PresetName, presets } from "./presets.ts";
import { runUnits } from "./run_units.ts";
import { type SelfCheck, selfCheck } from "./self_check.ts";
import {
  identityOf,
  MISCLASSIFIED,
  readState,
  ROBUST,
  type Standing,
  writeState,
} from "./state.ts";
import { isLeft, nameOf, unitsOf } from "./units.ts";
import { Victim } from "./victim.ts";
import * as warn from "./warnings.ts";

/** What one attack did. */
export interface AttackLog {
  attack: AttackName;
  /** How many images it was tried on, and how many of them it fooled. */
  attacked: number;
  fooled: number;
  /** The share of all images that are still classified correctly after it. */
  robustAccuracy: number;
  seconds: number;
}

/** What {@linkcode autoAttack} gives. */
export interface AutoAttackResult {
  /** [count, H, W, C]. An image that was not fooled, or was misclassified to begin with, is the clean one. */
  adversarial: Float32Array;
  /** 1 for every image that is misclassified as it is in `adversarial`, [count]. */
  fooled: Uint8Array;
  /** For each image the attack that fooled it; `"clean"` when it was misclassified to begin with; null when it is robust. */
  fooledBy: (AttackName | "clean" | null)[];
  preset: PresetName;
  norm: Norm;
  epsilon: number;
  /** Everything else that the result depends on. */
  settings: Settings;
  /** How many images were attacked: accuracies are shares of these. */
  count: number;
  classes: number;
  cleanAccuracy: number;
  robustAccuracy: number;
  log: AttackLog[];
  /** What makes the result doubtful, in sentences. */
  warnings: string[];
  selfCheck: SelfCheck;
}

/**
 * AutoAttack (Croce and Hein 2020, arXiv:2003.01690): APGD-CE, APGD-T on the targeted DLR loss, FAB-T and Square Attack, each
 * on the clean images that are classified correctly after those before it. An image is robust when none fools it.
 *
 * Where implementations differ, and what is easily got wrong:
 * - torchattacks makes 10 iterations since 3.3.0, its model 100; robust accuracies differ. See {@linkcode presets}.
 * - Images that are not fooled come back clean, and count in whatever is measured on the adversarial images.
 * - The originals return APGD's last misclassified iterate, not that of the largest loss, and FAB's nearest: see `earlyStop`.
 * - APGD's first checkpoint compares the first loss with 0, as both originals do; the sign of a zero gradient is 0.
 * - L-infinity's bounds are exact: x + epsilon in float32 may lie outside of the ball. L2's images are moved back into the
 *   ball, rounded towards the clean ones, before they are judged.
 * - Gradients of the cross-entropy of a very confident network underflow in float32, where L2's steps become shorter
 *   (||g|| + 1e-12). Both originals compute so, and it flatters networks trained by cross-entropy.
 * - The targeted DLR loss needs four classes: with two or three APGD-T is left out, where both originals fail.
 * - With a margin of exactly 0 Square Attack stops, though the image may still be classified as its label.
 * Formulas: Croce and Hein 2020 (APGD, DLR), Croce and Hein 2020 (arXiv:1907.02044, FAB), Andriushchenko et al. 2020
 * (arXiv:1912.00049, Square Attack); constants and quirks as in torchattacks 3.5.1 and fra31/auto-attack a392200.
 *
 * @param model From images [n, H, W, C] with pixels in [0, 1] to logits [n, classes], in evaluation mode, any normalisation
 * inside; differentiable by the images. A network of this project or a model of `tf.layers` will do
 * @param images [count, H, W, C], in [0, 1]
 * @param labels [count]
 * @throws {TypeError} for wrong shapes, a file of another run or a damaged one
 * @throws {RangeError} for pixels, labels or options out of range, and logits that are not finite, of perturbed images too
 * @throws {Error} when the self-check fails: see {@linkcode selfCheck}
 *
 * ```ts
 * const model = (images: Tensor4D) => network.forward(images, { training: false });
 * const { robustAccuracy, log } = await autoAttack(model, images, labels, { norm: "linf", epsilon: 0.3 });
 * ```
 */
export async function autoAttack(
  model: AnyNetwork,
  images: Tensor,
  labels: Tensor1D | ArrayLike<number>,
  options: AutoAttackOptions,
): Promise<AutoAttackResult> {
  checkOptions(options);
  const { captured = true } = options;
  const clean = checkImages(images);
  const [, ...shape] = images.shape as [number, number, number, number];
  const victim = new Victim(model, shape, { captured });
  try {
    return await attackVictim(victim, clean, labels, options);
  } finally {
    victim.dispose();
  }
}

async function attackVictim(
  victim: Victim,
  clean: Float32Array,
  labels: Tensor1D | ArrayLike<number>,
  options: AutoAttackOptions,
): Promise<AutoAttackResult> {
  const { norm, epsilon, seed = 0, batchSize = 250, earlyStop = true, signal } = options;
  const { shape, pixels } = victim;
  const count = clean.length / pixels;
  const predictClean = () => predictLogits(victim, clean, { batchSize, which: "clean", signal });
  const { logits, classes } = await predictClean();
  const truth = checkLabels(labels, { count, classes });
  const preset = presetOf(options, classes);
  const settings = { ...preset, seed, batchSize, earlyStop };
  const attacks = attackNames.filter((name) => name !== "apgd-t" || classes >= 4);

  const how = options.captured === false ? { captured: false } : {};
  const identity = identityOf({ norm, epsilon, shape, classes, ...settings, ...how }, clean, truth);
  const { file } = options.state ?? {};
  const standing = file && readState(file, identity, { clean, logits }) || {
    done: 0,
    fooledBy: Uint8Array.from(
      predictions(logits, classes),
      (predicted, i) => predicted === truth[i] ? ROBUST : MISCLASSIFIED,
    ),
    adversarial: clean.slice(),
    logits,
    seconds: attackNames.map(() => 0),
  };
  const units = unitsOf({ fooledBy: standing.fooledBy, attacks, batchSize, preset });
  const batch = { clean, labels: truth, logits: standing.logits, classes };
  const save = () => file && writeState(file, identity, standing);
  await runUnits(units, standing, { images: batch, victim, settings, options, save });

  const { fooledBy, adversarial } = standing;
  const fooled = fooledBy.map((entry) => Number(entry !== ROBUST));
  const log = attacks.map((attack) => logOf(attack, standing));
  const again = (await predictClean()).logits;
  return {
    adversarial,
    fooled,
    fooledBy: Array.from(fooledBy, nameOf),
    preset: options.preset ?? "torchattacks",
    norm,
    epsilon,
    settings,
    count,
    classes,
    cleanAccuracy: shareOf(fooledBy, (entry) => entry !== MISCLASSIFIED),
    robustAccuracy: shareOf(fooledBy, (entry) => entry === ROBUST),
    log,
    warnings: [
      ...warn.ofProbabilities(logits, classes),
      ...warn.ofRandomness(logits, again, classes),
      ...warn.ofClasses(
        classes,
        options.targets ?? presets[options.preset ?? "torchattacks"].targets,
      ),
      ...warn.ofSquare(log.at(-1)!.fooled, count),
    ],
    selfCheck: await selfCheck(
      victim,
      { clean, adversarial, labels: truth, fooled },
      { norm, epsilon, batchSize, signal },
    ),
  };
}

/** The preset with what the options change, and with no more targets than there are unless they were asked for. */
function presetOf(options: AutoAttackOptions, classes: number): Preset {
  const preset = presets[options.preset ?? "torchattacks"];
  return {
    ...preset,
    targets: options.targets ?? Math.min(preset.targets, classes - 1),
    iterations: options.iterations ?? preset.iterations,
    queries: options.queries ?? preset.queries,
    apgdtL2SharedStep: options.apgdtL2SharedStep ?? preset.apgdtL2SharedStep,
  };
}

function shareOf(fooledBy: Uint8Array, counts: (entry: number) => boolean): number {
  return fooledBy.reduce((sum, entry) => sum + Number(counts(entry)), 0) / fooledBy.length;
}

function logOf(attack: AttackName, { fooledBy, seconds }: Standing): AttackLog {
  const count = fooledBy.length;
  const attacked = Math.round(count * shareOf(fooledBy, (entry) => isLeft(entry, attack)));
  const fooled = Math.round(count * shareOf(fooledBy, (entry) => nameOf(entry) === attack));
  return {
    attack,
    attacked,
    fooled,
    robustAccuracy: (attacked - fooled) / count,
    seconds: seconds[attackNames.indexOf(attack)]!,
  };
}
