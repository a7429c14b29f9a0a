import { join } from "node:path";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { autoAttack, type AutoAttackResult, type Norm } from "../attacks/mod.ts";
import type { ImageSet } from "../datasets/mod.ts";
import {
  acceptanceThreshold,
  accuracy,
  detectionAccuracyRate,
  mls,
  msp,
  predictions,
  quantileRules,
  type Scored,
} from "../evaluation/mod.ts";
import { imagesFromBytes, predictLogits } from "../training/mod.ts";
import type { ResultRow } from "../trials/mod.ts";
import type { AttackSettings } from "./attack.ts";
import { type Classifier, trainedClassifier } from "./classifier.ts";
import { measureSets, type SetMeasurements } from "./measured_sets.ts";
import { resuming } from "./put_aside.ts";
import type { MeasureContext, Measurements, StageContext } from "./work.ts";

const norms: readonly Norm[] = ["linf", "l2"];

// AutoAttack's own batch. Its random numbers depend on it, so it is the same for every network.
const batchSize = 250;

// Pixels of the images that are attacked in one go, in float32: 256 MB, and as much again for the answer.
const mostPixels = 2 ** 26;

/**
 * Robust accuracy under AutoAttack and the detection accuracy rate of its images (A.1.2), for both norms: DAR by MSP and by
 * MLS, with the threshold from the whole clean test set. Where a run is interrupted it goes on from the files that the attack
 * keeps.
 */
export async function measureAttack(context: MeasureContext): Promise<Measurements> {
  const classifier = await trainedClassifier(context);
  const { network, dataset: { classes, test } } = classifier;
  const settings = context.stage.settings as AttackSettings;
  const count = Math.min(settings.images, test.count);
  const labels = test.labels.subarray(0, count);
  let testLogits: Promise<Float32Array> | undefined;
  // Told of progress, where a stop is heard, as in the predictions of other stages.
  const cleanLogits = (onProgress: (fraction: number) => void) =>
    testLogits ??= predictLogits(network, test, { onProgress: () => onProgress(0) });
  return await measureSets(
    context,
    norms.map((norm) => ({
      dataset: `autoattack_${norm}`,
      title: norm,
      async measure(onProgress): Promise<SetMeasurements> {
        const logits = await cleanLogits(onProgress);
        const attacked = await attackInParts(context, classifier, {
          norm,
          settings,
          count,
          advance: onProgress,
        });
        const values: SetMeasurements["values"] = [
          ["robust_accuracy", accuracy(attacked.logits, labels, classes)],
          ...[...attacked.robustAfter].map(([attack, value]): [string, number] => [
            `robust_after_${attack}`,
            value,
          ]),
        ];
        const rates = detectionRates(
          { logits, labels: test.labels, classes },
          { logits: attacked.logits, labels, classes },
          settings,
        );
        return {
          values: [...values, ...rates.values],
          ...(rates.missing !== undefined && { missing: rates.missing }),
          ...(attacked.warnings.length > 0 && {
            facts: { "attack warnings": attacked.warnings.join("; ") },
          }),
        };
      },
    })),
  );
}

/** Robust accuracy and DAR of the first images after an epoch of training; for the curves of Figure 11. */
export async function attackRows(
  context: StageContext,
  classifier: Classifier,
  settings: AttackSettings,
  epoch: number,
): Promise<ResultRow[]> {
  const { network, dataset: { test, classes } } = classifier;
  const count = Math.min(settings.images, test.count);
  const labels = test.labels.subarray(0, count);
  const clean = {
    logits: await predictLogits(network, test, {
      onProgress: (fraction) => context.advance(fraction, "clean"),
    }),
    labels: test.labels,
    classes,
  };
  const rows: ResultRow[] = [];
  for (const norm of norms) {
    const { logits } = await attackInParts(
      { ...context, scratch: attackScratch(context, epoch) },
      classifier,
      { norm, settings, count, advance: (fraction) => context.advance(fraction, norm) },
    );
    const robust: [string, number] = ["robust_accuracy", accuracy(logits, labels, classes)];
    const { values } = detectionRates(clean, { logits, labels, classes }, settings);
    for (const [metric, value] of [robust, ...values]) {
      rows.push({ metric, value, dataset: `autoattack_${norm}` });
    }
  }
  return rows;
}

/** Where the attacks after an epoch keep their state; of no use when its rows are stored. */
export function attackScratch({ scratch }: Pick<StageContext, "scratch">, epoch: number): string {
  return join(scratch, `epoch_${epoch}`);
}

/** The samples whose class is not predicted. */
function misclassified({ logits, labels, classes }: Omit<Scored, "confidence">) {
  const wrong = [...predictions(logits, classes).entries()]
    .filter(([i, predicted]) => predicted !== labels[i])
    .map(([i]) => i);
  return {
    logits: Float32Array.from(
      wrong.flatMap((i) => [...logits.subarray(i * classes, (i + 1) * classes)]),
    ),
    labels: Int32Array.from(wrong, (i) => labels[i]!),
    classes,
  };
}

/** DAR by both scores and both rules of the threshold's quantile, or why there is none. */
function detectionRates(
  clean: Omit<Scored, "confidence">,
  samples: Omit<Scored, "confidence">,
  { quantile = quantileRules[0], fooledOnly = false }: AttackSettings,
): { values: [string, number][]; missing?: string } {
  // Such a network has no threshold: one that was hardly trained, on a handful of images.
  if (accuracy(clean.logits, clean.labels, clean.classes) === 0) {
    return { values: [], missing: "no DAR: no clean image is classified correctly" };
  }
  const attacked = fooledOnly ? misclassified(samples) : samples;
  if (attacked.labels.length === 0) return { values: [], missing: "no DAR: all images resist" };
  const values = ([["msp", msp], ["mls", mls]] as const).flatMap(([score, confidenceOf]) => {
    const scored = (part: Omit<Scored, "confidence">): Scored => ({
      ...part,
      confidence: confidenceOf(part.logits, part.classes),
    });
    return quantileRules.map((rule): [string, number] => {
      const threshold = acceptanceThreshold(scored(clean), { rule });
      const suffix = rule === quantile ? "" : `_${rule}`;
      return [`dar_${score}${suffix}`, detectionAccuracyRate(scored(attacked), threshold)];
    });
  });
  return { values };
}

/** What an attack left, put together from its parts. */
interface Attacked {
  /** Of the images as they came back, fooled or clean. */
  logits: Float32Array;
  /** The share of images that are still classified correctly after each attack, by its name. */
  robustAfter: Map<string, number>;
  /** What makes it doubtful, in sentences. */
  warnings: string[];
}

/** Attacks the first `count` images, as many at a time as memory allows. */
async function attackInParts(
  { scratch, note }: StageContext,
  { network, dataset: { test, classes } }: Classifier,
  options: {
    norm: Norm;
    settings: AttackSettings;
    count: number;
    advance: (fraction: number) => void;
  },
): Promise<Attacked> {
  const { norm, settings, count, advance } = options;
  const { preset, targets, iterations, queries, apgdtL2SharedStep, earlyStop = false } = settings;
  const pixels = test.shape.reduce((product, side) => product * side, 1);
  const partSize = batchSize * Math.max(1, Math.floor(mostPixels / pixels / batchSize));
  const logits = new Float32Array(count * classes);
  const robust = new Map<string, number>();
  const warnings = new Set<string>();
  for (let first = 0; first < count; first += partSize) {
    const size = Math.min(partSize, count - first);
    const images = await imagesOf(test, first, size);
    try {
      const labels = test.labels.subarray(first, first + size);
      const attackPart = () =>
        autoAttack(network, images, labels, {
          norm,
          epsilon: norm === "linf" ? settings.epsilon_linf : settings.epsilon_l2,
          preset,
          targets: Math.min(targets, classes - 1),
          ...(iterations !== undefined && { iterations }),
          ...(queries !== undefined && { queries }),
          ...(apgdtL2SharedStep !== undefined && { apgdtL2SharedStep }),
          batchSize,
          earlyStop,
          state: { file: join(scratch, `${norm}_${first}.safetensors`) },
          onProgress: (fraction) => advance((first + fraction * size) / count),
        });
      const result = await resuming(attackPart, { note });
      const after = await predictLogits(network, setOf(result, test), {
        onProgress: () => advance((first + size) / count),
      });
      logits.set(after, first * classes);
      for (const { attack, robustAccuracy } of result.log) {
        const name = attack.replaceAll("-", "_");
        robust.set(name, (robust.get(name) ?? 0) + robustAccuracy * size / count);
      }
      for (const warning of result.warnings) warnings.add(warning);
    } finally {
      images.dispose();
    }
  }
  for (const warning of warnings) note(`${norm}: ${warning}`);
  return { logits, robustAfter: robust, warnings: [...warnings] };
}

async function imagesOf(test: ImageSet, first: number, size: number): Promise<Tensor4D> {
  const bytes = await test.read(Uint32Array.from({ length: size }, (_, i) => first + i));
  return imagesFromBytes(bytes, [size, ...test.shape]);
}

function setOf({ adversarial, count }: AutoAttackResult, { shape }: ImageSet) {
  const size = shape.reduce((product, side) => product * side, 1);
  return {
    name: "adversarial",
    count,
    shape,
    labels: new Int32Array(count).fill(-1),
    // Images are asked for in their order.
    read: (indices: ArrayLike<number>) =>
      adversarial.subarray(indices[0]! * size, (indices[indices.length - 1]! + 1) * size),
  };
}
