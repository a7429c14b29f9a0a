import { corruptedSets } from "../datasets/mod.ts";
import { accuracy } from "../evaluation/mod.ts";
import { predictLogits } from "../training/mod.ts";
import type { CorruptSettings } from "./corrupt.ts";
import { trainedClassifier } from "./classifier.ts";
import { measureSets } from "./measured_sets.ts";
import type { MeasureContext, Measurements } from "./work.ts";

/**
 * Accuracy on the test set under each common corruption (A.1.2); the figures show their mean. The fact `images` says where the
 * images came from: "published", "generated", or both.
 */
export async function measureCorrupt(context: MeasureContext): Promise<Measurements> {
  const { stage, data } = context;
  const { network, dataset } = await trainedClassifier(context);
  const { seed, ...mnist } = stage.settings as CorruptSettings;
  const isOther = Object.keys(mnist).length > 0;
  const sets = await corruptedSets(dataset, { seed, data, ...(isOther && { mnist }) });
  if (sets.length === 0) {
    const reason = `There are no corruptions of ${dataset.name} yet`;
    return { rows: [], missing: [{ dataset: "corrupt", reason }] };
  }
  return await measureSets(
    context,
    sets.map(({ name, title, source, load }) => {
      const [corruption, severity] = name.split("/");
      return {
        dataset: corruption!,
        ...(severity !== undefined && { at: { severity: Number(severity) } }),
        title,
        // The published images may have come since.
        identity: source,
        async measure(onProgress) {
          const images = await load();
          const logits = await predictLogits(network, images, { onProgress });
          return {
            values: [["accuracy", accuracy(logits, images.labels, dataset.classes)]],
            facts: { images: source },
          };
        },
      };
    }),
  );
}
