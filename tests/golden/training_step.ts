/** The training step of the golden files as the network takes it, with the batch in several orders. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { crossEntropy } from "../../lib/losses/mod.ts";
import type { Network } from "../../lib/models/mod.ts";
import { tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";
import { lossOfOutputs } from "../../lib/training/outputs.ts";
import type { Golden, Place } from "./golden.ts";
import { imagesByRule, labelsByRule, projectionOf, TRAINED } from "./rule.ts";

/** What a step gives. */
export interface Step {
  loss: number;
  /** What the files hold of the logits. */
  logits: number[][];
  /** Of the gradients by the trained parameters, in their order. */
  norms: number[];
  /** Likewise; see the rule. */
  projections: number[];
}

/** Orders of a batch: rotations, forwards and backwards. The first one leaves it as it is. */
export const ORDERS = 2 * TRAINED;

/** Takes the step, nothing dropped and nothing updated, with the batch in one of its orders. */
export async function trainingStep(network: Network, golden: Golden, order = 0): Promise<Step> {
  const [images, labels] = tf.tidy(() => {
    const images = imagesByRule(golden.inputShapeNCHW, TRAINED);
    const labels = labelsByRule(golden);
    if (order === 0) return [images, labels];
    const rotated = Array.from({ length: TRAINED }, (_, n) => (n + order) % TRAINED);
    const indices = tf.tensor1d(order < TRAINED ? rotated : rotated.reverse(), "int32");
    return [images.gather(indices), labels.gather(indices)];
  }) as [Tensor, Tensor];
  const parameters = [...network.trainedParameters()];
  const { value, logits, gradients } = tf.tidy(() => {
    let logits: Tensor | undefined;
    const { value, gradients } = valueAndGradients(
      () => {
        // Without a seed nothing is dropped.
        const outputs = network.outputs(images, { training: true });
        logits = tf.keep(outputs.logits.clone());
        return lossOfOutputs(outputs, crossEntropy(), labels);
      },
      parameters.map(([, parameter]) => parameter.value),
    );
    return { value, logits: logits!, gradients };
  });
  const places = new Map([...network.parameters().keys()].map((name, k) => [name, k]));
  const step: Step = {
    loss: (await value.data())[0]!,
    logits: order === 0 ? await storedLogits(logits, golden.train.at) : [],
    norms: [],
    projections: [],
  };
  for (const [i, [name, { layout }]] of parameters.entries()) {
    const gradient = layout.toPyTorch(await gradients[i]!.data<"float32">());
    step.norms.push(Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0)));
    step.projections.push(projectionOf(places.get(name)!, gradient));
  }
  tf.dispose([images, labels, value, logits, gradients]);
  return step;
}

/** What the files hold: the first ten logits of each sample, or all of the pixels at the given places. */
export async function storedLogits(logits: Tensor, at?: readonly Place[]): Promise<number[][]> {
  if (at === undefined) {
    const rows = await logits.array() as number[][];
    return rows.map((row) => row.slice(0, 10));
  }
  const places = tf.tidy(() => tf.gatherND(logits, tf.tensor2d(at as Place[], undefined, "int32")));
  const rows = await places.array() as number[][];
  places.dispose();
  return rows;
}
