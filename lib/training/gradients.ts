/** The gradients of a step's objective: of a batch at once, or part by part where it does not fit the device. */
import type { Tensor, TensorContainer } from "@tensorflow/tfjs-node-gpu";
import type { Network, Outputs } from "../models/mod.ts";
import { after, tf, valueAndGradients } from "../tensorflow/mod.ts";
import type { Gradients, Hooks, StepContext, UpdateContext } from "./hooks.ts";
import type { Parameters } from "./optimizer.ts";
import { checkObjective, joinOutputs, lossOfOutputs, tensorsOf } from "./outputs.ts";

/** What the gradients are of. */
export interface Differentiated {
  /** Objective and penalty, a scalar. */
  value: Tensor;
  gradients: Gradients;
}

/** Forward and backward once. */
export function gradientsOfBatch(
  about: UpdateContext,
  options: { hooks: Hooks; parameters: Parameters; seed: Tensor },
): Differentiated {
  const { hooks, parameters, seed } = options;
  const { value, gradients } = valueAndGradients(
    () => objectiveOf({ ...about, outputs: forward(about, seed) }, hooks),
    valuesOf(parameters),
  );
  return { value, gradients: named(gradients, parameters) };
}

/**
 * The gradients of the whole batch, part by part.
 *
 * HEM and DICE are no means over samples, so that gradients of parts do not add up to the batch's. Therefore the parts go
 * through the network twice: first forward, for the outputs of the whole batch, by which the objective has the gradient g;
 * then each part p forward and backward for the sum of g_p y_p, whose gradients do add up. That is exact for every loss. A
 * batch norm, however, takes its statistics from the part; its running ones move once per part, not twice. Dropout's masks
 * are the same both times, other than those of the whole batch.
 */
export function gradientsInParts(
  about: UpdateContext,
  options: {
    hooks: Hooks;
    parameters: Parameters;
    parts: readonly { first: number; count: number; seed: Tensor }[];
  },
): Differentiated {
  const { hooks, parameters, parts } = options;
  // One part after another also where ops run as soon as they can, or all would be in memory together.
  const ofPart = ({ first, count, seed }: (typeof parts)[number], before: readonly Tensor[]) =>
    forward({ ...about, images: after(about.images.slice(first, count), before) }, seed);
  const joined = keepingBuffers(about.network, () => {
    const outputs: Outputs[] = [];
    for (const part of parts) {
      const before = outputs.slice(-1).flatMap(tensorsOf);
      outputs.push(outputsAlone(() => ofPart(part, before)));
    }
    return joinOutputs(outputs);
  });
  const values = valuesOf(parameters);
  const outputs = tensorsOf(joined);
  const { value, gradients } = valueAndGradients(
    () => objectiveOf({ ...about, outputs: joined }, hooks),
    [...outputs, ...values],
  );
  const byOutputs = gradients.slice(0, outputs.length);
  // What depends on the parameters directly, such as a penalty.
  let sums = gradients.slice(outputs.length);
  // An objective that passes the network itself need not depend on these outputs.
  for (const part of byOutputs.some((g) => g) ? parts : []) {
    const before = sums;
    sums = tf.tidy(() => {
      const { gradients } = valueAndGradients(
        () =>
          tensorsOf(ofPart(part, before.filter((sum) => sum))).flatMap((y, i) => {
            const g = byOutputs[i];
            return g === undefined ? [] : [y.mul(g.slice(part.first, part.count)).sum()];
          }).reduce((a, b) => a.add(b)),
        values,
      );
      return gradients.map((gradient, i) =>
        gradient !== undefined && before[i] !== undefined
          ? gradient.add(before[i])
          : gradient ?? before[i]?.clone()
      ) as Tensor[];
    });
    tf.dispose(before);
  }
  return { value, gradients: named(sums, parameters) };
}

/** What a step minimises. */
function objectiveOf(context: StepContext, hooks: Hooks): Tensor {
  const objective = hooks.objective?.(context) ??
    lossOfOutputs(context.outputs, context.loss, context.labels);
  checkObjective(objective, "A hook's objective");
  const penalty = hooks.penalty?.(context);
  if (penalty === undefined) return objective;
  checkObjective(penalty, "A hook's penalty");
  return objective.add(penalty);
}

function forward({ network, images, task }: UpdateContext, seed: Tensor): Outputs {
  return network.outputs(images, { training: true, seed, ...(task !== undefined && { task }) });
}

function valuesOf(parameters: Parameters): Tensor[] {
  return [...parameters.values()].map((parameter) => parameter.value);
}

/** @throws {Error} where the objective does not depend on a parameter */
function named(gradients: readonly (Tensor | undefined)[], parameters: Parameters): Gradients {
  return new Map([...parameters.keys()].map((name, i) => {
    const gradient = gradients[i];
    if (gradient === undefined) {
      throw new Error(
        `${name} has no gradient: what is minimised does not depend on it; leave it out of trainedParameters(), or freeze it`,
      );
    }
    return [name, gradient] as const;
  }));
}

/** Frees everything that `f` makes but the outputs. */
function outputsAlone(f: () => Outputs): Outputs {
  return tf.tidy(() => f() as unknown as TensorContainer) as unknown as Outputs;
}

/** Runs `f`; what it did to running statistics is undone. */
function keepingBuffers<T>(network: Network, f: () => T): T {
  const buffers = [...network.buffers().values()];
  const before = buffers.map((buffer) => buffer.value.clone());
  try {
    return f();
  } finally {
    buffers.forEach((buffer, i) => buffer.assign(before[i]!));
    tf.dispose(before);
  }
}
