import {
  describeOrigin,
  type FloatImageSet,
  type ImageSet,
  type UnknownChoices,
  unknownSets,
} from "../datasets/mod.ts";
import { aupr, auroc, fpr95, mls, msp, normalisedLogits } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import { trainedClassifier } from "./classifier.ts";
import { confidenceHistogram } from "./clean_work.ts";
import { measureSets } from "./measured_sets.ts";
import type { UnknownSettings } from "./unknown.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/** Confidence of the same images by both scores (A.1.2). */
interface Scores {
  msp: Float32Array;
  mls: Float32Array;
}

/** How well the confidence tells the test set from each set of unknown classes (A.1.2). */
export async function measureUnknown(context: MeasureContext): Promise<Measurements> {
  const { stage, data } = context;
  const { network, dataset } = await trainedClassifier(context);
  const { unknownCount } = context.dataset;
  const settings = stage.settings as UnknownSettings;
  const { seed, temperature } = settings;
  const sets = unknownSets(dataset, {
    seed,
    data,
    choices: choicesOf(settings),
    ...(unknownCount === undefined ? {} : { count: unknownCount }),
  });
  const scoresOf = async (
    images: ImageSet | FloatImageSet,
    onProgress: (fraction: number) => void,
  ): Promise<Scores> => {
    const raw = await predictLogits(network, images, { onProgress });
    const logits = temperature === undefined
      ? raw
      : normalisedLogits(raw, dataset.classes, temperature);
    return { msp: msp(logits, dataset.classes), mls: mls(logits, dataset.classes) };
  };
  // Only where a set is measured: of an interrupted stage they may all have been.
  let testScores: Promise<Scores> | undefined;
  const known = () => testScores ??= scoresOf(dataset.test, () => {});
  return await measureSets(context, [
    {
      dataset: "test",
      title: "test set",
      measure: async () => ({ values: [["msp_exactly_1", shareOfOnes((await known()).msp)]] }),
    },
    ...sets.map(({ name, title, load }) => ({
      dataset: name,
      title,
      async measure(onProgress: (fraction: number) => void) {
        const images = await load();
        const unknown = await scoresOf(images, onProgress);
        const origin = describeOrigin(images);
        return {
          values: rejection(await known(), unknown),
          histogram: confidenceHistogram(unknown.msp),
          ...(origin !== undefined && { facts: { [`${name}_images`]: origin } }),
        };
      },
    })),
  ]);
}

/** What the settings say of the sets. */
function choicesOf({ polarity, values, permutation, phases }: UnknownSettings): UnknownChoices {
  return {
    ...(polarity !== undefined && { omniglot: { polarity } }),
    ...(values !== undefined && { uniform: { values } }),
    ...(permutation !== undefined && { permuted: { permutation } }),
    ...(phases !== undefined && { phase: { phases } }),
  };
}

function rejection(known: Scores, unknown: Scores): [string, number][] {
  const by = (score: keyof Scores): [string, number][] => [
    [`fpr95_${score}`, fpr95(known[score], unknown[score])],
    [`aupr_in_${score}`, aupr(known[score], unknown[score], { positive: "known" })],
    [`aupr_out_${score}`, aupr(known[score], unknown[score], { positive: "unknown" })],
  ];
  return [
    ["auroc_msp", auroc(known.msp, unknown.msp)],
    ["auroc_mls", auroc(known.mls, unknown.mls)],
    ...by("msp"),
    ...by("mls"),
    ["msp_exactly_1", shareOfOnes(unknown.msp)],
  ];
}

function shareOfOnes(scores: Float32Array): number {
  return scores.filter((score) => score === 1).length / scores.length;
}
