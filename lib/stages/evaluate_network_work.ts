import { join } from "node:path";
import { type AnyNetwork, checkLogits, predictorOf } from "../models/mod.ts";
import { makeTemporaryFolder } from "../runtime/mod.ts";
import { tf } from "../tensorflow/mod.ts";
import { stageKey } from "../trials/mod.ts";
import { stageDefinition } from "./catalogue.ts";
import { type Classifier, loadTrialData, sharedClassifier } from "./classifier.ts";
import type { EvaluateNetworkOptions, StageMeasurements } from "./evaluate_network.ts";
import { provenance } from "./provenance.ts";
import { stageClock } from "./stage_clock.ts";

/** The work of `evaluateNetwork()`. */
export async function evaluateWith(
  network: AnyNetwork,
  options: EvaluateNetworkOptions,
): Promise<StageMeasurements[]> {
  const { dataset, stages, data, onProgress, resume } = options;
  const doings = await Promise.all(stages.map(async (stage) => {
    const doing = await stageDefinition(stage.name).load();
    if ("measure" in doing) return doing.measure;
    throw new RangeError(`Cannot measure a network by the stage "${stage.name}": it trains`);
  }));
  const classifier: Classifier = { network, dataset: await loadTrialData({ dataset }, data) };
  checkFits(classifier);
  const temporary = resume ? undefined : makeTemporaryFolder();
  const folder = resume?.folder ?? temporary!.path;
  try {
    const measured: StageMeasurements[] = [];
    for (const [i, stage] of stages.entries()) {
      // Of its own for each network, whose numbers and seconds are no other's.
      const scratch = join(folder, stageKey(stage, resume?.identity));
      await Deno.mkdir(scratch, { recursive: true });
      const clock = stageClock(scratch);
      const found = await doings[i]!({
        dataset,
        stage,
        data,
        scratch,
        weights: { file: "", sha256: resume?.identity ?? "" },
        shared: <T>(name: string, make: () => Promise<T>) =>
          name === sharedClassifier ? Promise.resolve(classifier as T) : make(),
        advance: (fraction, note) => {
          clock.keepNowAndThen();
          onProgress?.((i + fraction) / stages.length, `${stage.name}: ${note}`);
        },
        note: () => {},
      });
      // The next stage may be interrupted.
      clock.keepNowAndThen(true);
      measured.push({ stage, ...found, seconds: clock.seconds(), provenance: provenance() });
    }
    return measured;
  } finally {
    temporary?.remove();
  }
}

/** Checks that a network gives the data set's classes for its images, before anything is measured. */
function checkFits({ network, dataset: { classes, imageShape } }: Classifier): void {
  const to = "evaluate";
  tf.tidy(() => {
    const logits: unknown = predictorOf(network, { to })(tf.zeros([1, ...imageShape]));
    checkLogits(logits, { to, count: 1, classes });
    return logits;
  });
}
