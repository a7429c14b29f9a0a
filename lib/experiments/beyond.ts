/**
 * Beyond the paper: its own future work (section 6). HEM's loss is zero for what is classified beyond the margin, so that such
 * images could be left out "to reduce training time".
 *
 * Command:  deno task reproduce --section beyond --scale preview
 * Expected: nothing; notebooks/beyond.ipynb shows the time that skipping saves, and what it does to accuracy and rejection.
 */
import { clean, learnt, stageOf, training, unknown } from "../stages/mod.ts";
import { mnist, mnistSmoke } from "./common.ts";
import type { Condition, Experiment } from "./experiment.ts";

const onMnist = (network: string): Condition => ({
  trial: { kind: "classification", dataset: { name: "mnist" }, network: { name: network } },
  recipe: mnist,
  runs: [
    { loss: { name: "ce" } },
    { loss: { name: "hem" } },
    { loss: { name: "hem" }, variant: "skip", recipe: { skipLearnt: true } },
  ],
  stages: [stageOf(training), stageOf(clean), stageOf(unknown), stageOf(learnt)],
  repeats: 5,
  source: "section 6, future work; training as A.1.4 MNIST",
});

/** The experiment as data. */
export const beyond: Experiment = {
  section: "beyond",
  title: "Beyond the paper: images that HEM has learnt are skipped",
  losses: ["ce", "hem"],
  pairs: [["ce", "hem"]],
  conditions: [onMnist("lenet"), onMnist("mlp")],
  scales: {
    smoke: () => mnistSmoke,
    // Enough epochs for images to be learnt in.
    preview: () => ({ epochs: 4, repeats: 2 }),
    short: () => "no part of scale short: the paper's own is in reach",
    // Its CE and HEM would be those of section 5.1, and look like results of this one.
    paper: () => "no part of the paper's scale: the paper has no such experiment",
  },
};
