import { join } from "node:path";
import { learntImages } from "../training/mod.ts";
import { newClassifier, sharedClassifier } from "./classifier.ts";
import { openKept } from "./kept.ts";
import { classifierLoss } from "./training_work.ts";
import type { Follower, TrialContext } from "./work.ts";

/** Counts, after each epoch, the training images without a gradient; what was counted before an interruption stays. */
export async function followLearnt(context: TrialContext): Promise<Follower> {
  const { trial, stage } = context;
  const kept = openKept<number>(join(context.scratch, "epochs.json"), [trial, stage]);
  const { dataset } = await context.shared(sharedClassifier, () => newClassifier(context));
  const loss = classifierLoss(trial, dataset);
  const epochs = Array.from({ length: trial.recipe.epochs }, (_, i) => i + 1);
  return {
    hasFirst: (done) =>
      epochs.slice(0, done).every((epoch) => kept.get(String(epoch)) !== undefined),
    async onEpoch({ epoch }, network) {
      // A training that begins anew may be another one, on another machine.
      if (epoch === 0) kept.clear();
      const done = epoch + 1;
      if (kept.get(String(done)) !== undefined) return;
      const learnt = await learntImages(network, loss, dataset.train, {
        // Where a stop is heard.
        onProgress: (fraction) => context.advance(fraction, "learnt"),
      });
      kept.add(String(done), learnt.reduce((sum, one) => sum + one, 0) / learnt.length);
    },
    measurements: () => ({
      rows: epochs.flatMap((epoch) => {
        const value = kept.get(String(epoch));
        return value === undefined
          ? []
          : [{ metric: "without_gradient", dataset: "train", value, at: { epoch } }];
      }),
    }),
  };
}
