/** AutoAttack: ours and torchattacks 3.5.1 in turns, on the same network, images and labels. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { attackNames, autoAttack, type AutoAttackResult } from "../../lib/attacks/mod.ts";
import { encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import { withTemporaryFolder } from "../../lib/runtime/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { saveWeights } from "../../lib/training/mod.ts";
import { type AttackCase, victimOf } from "./attack_cases.ts";
import { disturbance } from "./compare.ts";
import { runPython } from "./python_script.ts";
import { median } from "./time_case.ts";

/** A row of the result: images per second. */
export interface AttackRow {
  name: string;
  /** An image leaves as soon as it is fooled. */
  ours: number;
  torchattacks: number;
  /** Ours / torchattacks': the median of the rounds. */
  ratio: number;
  /** All images go on to the last iteration, as torchattacks' do (`earlyStop: false`). */
  allSteps: number;
  allStepsRatio: number;
  /** The share that no attack fooled: ours, torchattacks'. */
  robust: [ours: number, torchattacks: number];
  /** The same, attack by attack, for those that had images left on both sides. */
  attacks: { attack: string; ours: number; torchattacks: number }[];
  /** Why the row says nothing, where it was disturbed. */
  disturbed?: string;
}

/** What one side did in a round: seconds of each attack. */
interface Run {
  seconds: number[];
  robust: number;
}

/** Compares a row; speeds are the medians of the rounds. */
export async function compareAttacks(
  row: AttackCase,
  { python, threads, rounds }: { python: string; threads: number; rounds: number },
): Promise<AttackRow> {
  const { name, count, attack, queries, batchSize } = row;
  const { network, images } = await victimOf(row);
  const model = (images: Tensor4D) => network.forward(images, { training: false });
  const labels = tf.tidy(() => model(images).argMax(1).dataSync() as Int32Array);
  const runs: { early: Run; theirs: Run; whole: Run }[] = [];
  const ours = async (earlyStop: boolean) =>
    runOf(await autoAttack(model, images, labels, { ...attack, batchSize, queries, earlyStop }));
  await withTemporaryFolder(async (folder) => {
    const files = { weights: join(folder, "weights"), images: join(folder, "images") };
    await saveWeights(network, files.weights, {});
    const tensors = new Map<string, StoredTensor>([
      ["images", { dtype: "F32", shape: images.shape, data: images.dataSync() as Float32Array }],
      ["labels", { dtype: "I32", shape: [count], data: labels }],
    ]);
    Deno.writeFileSync(files.images, encodeSafetensors(tensors, {}));
    const settings = { ...attack, ...files, network: row.network, classes: 10, targets: 9 };
    const request = { ...settings, batchSize, queries, threads };
    for (let round = 0; round < rounds; round++) {
      runs.push({
        early: await ours(true),
        theirs: await torchattacks(python, request, join(folder, "request.json")),
        whole: await ours(false),
      });
    }
  });
  tf.dispose(images);
  network.dispose();
  const speed = (side: keyof typeof runs[0], at?: number) =>
    count / median(runs.map((run) => secondsOf(run[side], at)));
  const ratios = (side: "early" | "whole") =>
    runs.map((run) => secondsOf(run.theirs) / secondsOf(run[side]));
  const disturbed = disturbance(ratios("early"), undefined);
  return {
    name,
    ours: speed("early"),
    torchattacks: speed("theirs"),
    ratio: median(ratios("early")),
    allSteps: speed("whole"),
    allStepsRatio: median(ratios("whole")),
    robust: [runs[0]!.early.robust, runs[0]!.theirs.robust],
    attacks: attackNames.map((attack, i) => ({
      attack,
      ours: speed("early", i),
      torchattacks: speed("theirs", i),
    })).filter(({ ours, torchattacks }) => Number.isFinite(ours) && Number.isFinite(torchattacks)),
    ...(disturbed === undefined ? {} : { disturbed }),
  };
}

/** Of one attack, or of all. */
function secondsOf({ seconds }: Run, at?: number): number {
  return at === undefined ? seconds.reduce((a, b) => a + b) : seconds[at]!;
}

function runOf({ log, robustAccuracy }: AutoAttackResult): Run {
  const seconds = attackNames.map((attack) =>
    log.find((entry) => entry.attack === attack)?.seconds ?? 0
  );
  return { seconds, robust: robustAccuracy };
}

async function torchattacks(python: string, request: object, path: string): Promise<Run> {
  Deno.writeTextFileSync(path, JSON.stringify(request));
  const env = { OMP_WAIT_POLICY: "passive" };
  return await runPython({ python, script: "attacks.py", args: [path], env, what: "torchattacks" });
}
