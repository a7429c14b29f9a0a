import type { Dataset } from "../../lib/datasets/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import type { MeasureContext } from "../../lib/stages/work.ts";
import { exampleStages, exampleTrial } from "../trials/examples.ts";

/** What a stage is given that measures an untrained network on some images. */
export function contextOf(
  stage: string,
  folder: string,
  dataset: Dataset,
  change: Partial<MeasureContext> = {},
): MeasureContext {
  const inputShape = [...dataset.imageShape] as const;
  const network = buildNetwork("mlp", { classes: 10, inputShape, seed: 1 });
  const classifier: unknown = { network, dataset };
  return {
    dataset: exampleTrial().dataset,
    stage: exampleStages(stage)[0]!,
    data: folder,
    scratch: folder,
    weights: weightsOf("one"),
    shared: <T>() => Promise.resolve(classifier as T),
    advance: () => {},
    note: () => {},
    ...change,
  };
}

/** Weights by a name, which need no file where the network is there. */
export function weightsOf(name: string): MeasureContext["weights"] {
  return { file: name, sha256: name };
}
