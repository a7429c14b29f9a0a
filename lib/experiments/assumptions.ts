/**
 * What the paper's text lost or left open, measured where a preview can: the same trials under each reading.
 *
 * Command:  deno task reproduce --section assumptions --scale preview
 * Expected: nothing; the assumptions notebook shows what each reading changes.
 */
import { clean, stageOf, training, unknown } from "../stages/mod.ts";
import type { Scale } from "../trials/mod.ts";
import { mnist, mnistOptions, mnistSmoke, stagesOn } from "./common.ts";
import type { Condition, Experiment, Run, ScaleChange, ScaleOfCondition } from "./experiment.ts";
import { section52 } from "./section_5_2.ts";
import { continualReadings, section53 } from "./section_5_3.ts";
import { section54 } from "./section_5_4.ts";

/** Eq. 6: the exponent of the errors is lost; Table 1 needs 1/2, later code of the authors has 1. */
const exponents: readonly Run[] = (["mm", "hem"] as const).flatMap((name) => [
  { loss: { name } },
  { loss: { name, options: { exponent: 0.5 } }, variant: "exponent=0.5" },
]);

/** Other values that the text lost or left open. */
const readings: readonly Run[] = [
  { loss: { name: "ce" } },
  { loss: { name: "ln" } },
  { loss: { name: "ln", options: { temperature: 0.01 } }, variant: "temperature=0.01" },
  { loss: { name: "dice" } },
  { loss: { name: "dice", options: { denominator: "plain" } }, variant: "denominator=plain" },
  { loss: { name: "hem", options: { samples: 500 } }, variant: "samples=500" },
  { loss: { name: "hem", options: { samples: 8000 } }, variant: "samples=8000" },
  ...(["ce", "hem"] as const).flatMap((name) =>
    [3e-4, 3e-3].map((learningRate): Run => ({
      loss: { name },
      variant: `rate=${learningRate}`,
      recipe: { optimizer: { name: "adam", learningRate } },
    }))
  ),
];

const onMnist = (network: string, runs: readonly Run[]): Condition => ({
  trial: { kind: "classification", dataset: { name: "mnist" }, network: { name: network } },
  recipe: mnist,
  runs,
  stages: stagesOn("mnist"),
  // Of a reading that is lost, two trials show whether it matters.
  repeats: 2,
  source: "A.1.4 MNIST",
});

/** HEM+'s two readings of the margin's index, and what the paper says of them: HEM+ above HEM, LA above HEM+. */
const marginIndex: readonly Condition[] = section52.conditions
  .filter(({ trial }) => trial.dataset.name === "cifar10")
  .map((condition) => ({
    ...condition,
    runs: [
      { loss: { name: "la" } },
      { loss: { name: "hem" } },
      { loss: { name: "hem_plus" } },
      {
        loss: { name: "hem_plus", options: { marginIndex: "competitor" } },
        variant: "index=competitor",
      },
    ],
  }));

/**
 * Where every pixel has a label, the other readings of "the number of training samples" (4.3), on CamVid with ResNet34. LA takes
 * shares alone, which images' worth of pixels leave as they are.
 */
const sampleUnits: Condition = {
  ...section54.conditions[0]!,
  repeats: 2,
  runs: [
    ...(["la", "hem", "hem_plus"] as const).map((name): Run => ({ loss: { name } })),
    ...([
      ["la", "images_containing"],
      ["hem", "images_equivalent"],
      ["hem", "images_containing"],
      ["hem_plus", "images_equivalent"],
      ["hem_plus", "images_containing"],
    ] as const).map(([name, sampleUnit]): Run => ({
      loss: { name, options: { sampleUnit } },
      variant: `unit=${sampleUnit}`,
    })),
  ],
};

const isOnMnist = ({ trial }: Condition) => trial.dataset.name === "mnist";

/** Two trials of each reading, the least that give an interval, on what is quick to train; each with the losses that it concerns. */
const preview: ScaleOfCondition = (condition) => {
  const { kind, network } = condition.trial;
  if (kind === "continual") {
    const change = section53.scales.preview(condition);
    return typeof change === "string" ? change : { ...change, repeats: 2, runs: isOfCeOrHem };
  }
  if (kind === "segmentation") {
    // Half of the preview's scenes, half as often.
    const { dataset, ...change } = section54.scales.preview(condition) as ScaleChange;
    return {
      ...change,
      epochs: 2,
      repeats: 2,
      dataset: { ...dataset, trainCount: 120, testCount: 40 },
    };
  }
  if (!isOnMnist(condition)) return section52.scales.preview(condition);
  return network.name === "mlp"
    ? { ...mnistOptions, stages: { corrupt: null, attack: null } }
    : "no part of the preview, which has the MLP for all three networks";
};

const isOfCeOrHem = ({ loss }: Run) => loss.name === "ce" || loss.name === "hem";

/** The assumptions as data. */
export const assumptions: Experiment = {
  section: "assumptions",
  title: "Readings of what the paper's text lost",
  losses: ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"],
  pairs: [],
  conditions: [
    onMnist("lenet", exponents),
    onMnist("convnet", exponents),
    onMnist("mlp", exponents),
    { ...onMnist("mlp", readings), stages: [stageOf(training), stageOf(clean), stageOf(unknown)] },
    ...marginIndex,
    ...continualReadings,
    sampleUnits,
  ],
  scales: {
    smoke: (condition) => ownScale(condition, "smoke") ?? mnistSmoke,
    preview,
    short: (condition) =>
      ownScale(condition, "short") ?? "no part of scale short: the paper's own is in reach",
    paper: (condition) => ownScale(condition, "paper") ?? {},
  },
};

/** What the section that a condition is of makes of a scale; undefined for those of this experiment alone. */
function ownScale(condition: Condition, scale: Scale) {
  if (condition.trial.kind === "continual") return section53.scales[scale](condition);
  if (condition.trial.kind === "segmentation") {
    return scale === "short"
      ? "no part of scale short: the preview shows it"
      : section54.scales[scale](condition);
  }
  return isOnMnist(condition) ? undefined : section52.scales[scale](condition);
}
