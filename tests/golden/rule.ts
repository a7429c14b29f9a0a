/** The rule of the golden files: how weights, buffers, images and labels are filled. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { parameterCount, type StoredVariable } from "../../lib/layers/mod.ts";
import type { Network } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import type { Golden } from "./golden.ts";

/** Images of the training step. */
export const TRAINED = 4;
/** Pixels of a block with one label, along each axis. */
const BLOCK = 8;
/** What a digit of the nudges adds to a bias. */
const NUDGE = 0.02;
/** Directions of projections are the rule's numbers for parameters far beyond a network's own. */
const DIRECTIONS = 2 ** 20;

/** The rule's pseudo-random number in [0, 1) for element `i` of parameter `k`. */
export function ruleUniform(k: number, i: number): number {
  let h = Math.imul(i + 1, 0x9E3779B1) ^ Math.imul(k + 1, 0x85EBCA6B);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2C1B3C6D);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297A2D39);
  h ^= h >>> 15;
  return (h >>> 0) / 4294967296;
}

/** The sum over all elements of the gradient of parameter `k`, in PyTorch's layout, times the rule's direction. */
export function projectionOf(k: number, gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    sum += gradient[i]! * (2 * ruleUniform(DIRECTIONS + k, i) - 1);
  }
  return sum;
}

/**
 * Fills a network by the rule.
 *
 * @throws {TypeError} when names or shapes of its variables are not those of the file
 */
export function fillByRule(network: Network, golden: Golden): void {
  checkVariables(network, golden);
  const parameters = [...network.parameters()];
  parameters.forEach(([name, parameter], k) => {
    const shape = parameter.layout.pyTorchShape;
    const size = shape.reduce((a, b) => a * b, 1);
    const scaled = scaleByRule(name, shape, size);
    const digits = golden.nudges[name] ?? "";
    if (digits !== "" && digits.length !== size) {
      throw new TypeError(`${name} of ${golden.network} has ${size} values, and ${digits} nudges`);
    }
    const nudge = (i: number) => digits === "" ? 0 : NUDGE * Number(digits[i]);
    parameter.assignPyTorch(
      Float32Array.from({ length: size }, (_, i) => scaled(2 * ruleUniform(k, i) - 1) + nudge(i)),
    );
  });
  for (const [name, buffer] of network.buffers()) {
    buffer.assignPyTorch(
      Float32Array.from({ length: buffer.shape[0]! }, (_, i) => bufferByRule(name, i)),
    );
  }
}

function scaleByRule(name: string, shape: readonly number[], size: number) {
  if (name.endsWith("logit_scale")) return (v: number) => 4 + 2 * v;
  if (!name.endsWith("weight")) return (v: number) => 0.2 * v;
  if (shape.length < 2) return (v: number) => 1 + 0.2 * v;
  const bound = Math.sqrt(6 / (size / shape[0]!));
  return (v: number) => bound * v;
}

function bufferByRule(name: string, i: number): number {
  return name.endsWith("running_var") ? 1 + 0.1 * Math.sin(i) ** 2 : 0.01 * Math.cos(i);
}

/** The rule's images, `0.5 + 0.5 sin(0.01 i)` over N, C, H, W, as NHWC. */
export function imagesByRule(shape: Golden["inputShapeNCHW"], count: number): Tensor4D {
  const [, channels, height, width] = shape;
  const values = Float32Array.from(
    { length: count * channels * height * width },
    (_, i) => 0.5 + 0.5 * Math.sin(0.01 * i),
  );
  return tf.tidy(() =>
    tf.tensor4d(values, [count, channels, height, width]).transpose([0, 2, 3, 1])
  );
}

/** The labels of the training step: of the images, or of the pixels where the network gives logits for these. */
export function labelsByRule({ outputShape }: Golden): Tensor {
  const [, classes, height, width] = outputShape as [number, number, number?, number?];
  if (height === undefined || width === undefined) {
    const labels = Array.from({ length: TRAINED }, (_, n) => (3 * n + 1) % classes);
    return tf.tensor1d(labels, "int32");
  }
  const labels = Int32Array.from({ length: TRAINED * height * width }, (_, i) => {
    const [n, y, x] = [
      Math.floor(i / (height * width)),
      Math.floor(i / width) % height,
      i % width,
    ];
    return (n + Math.floor(y / BLOCK) + Math.floor(x / BLOCK)) % classes;
  });
  return tf.tensor3d(labels, [TRAINED, height, width], "int32");
}

/** Whether PyTorch's buffer is a running mean or variance, and no counter or constant. */
export function isStatistic(name: string): boolean {
  return /(^|\.)running_(mean|var)$/.test(name);
}

/** Throws where the network's variables, their number, or which of them are trained are not those of the file. */
function checkVariables(network: Network, golden: Golden): void {
  const compare = (what: string, found: string[], wanted: string[]) => {
    if (found.join() === wanted.join()) return;
    throw new TypeError(
      `The ${what} of ${golden.network} are ${found.join(", ") || "none"}, the golden file has ${
        wanted.join(", ") || "none"
      }`,
    );
  };
  const describe = (name: string, shape: readonly number[]) => `${name} [${shape}]`;
  const describeOurs = (variables: ReadonlyMap<string, StoredVariable>) =>
    [...variables].map(([name, { layout }]) => describe(name, layout.pyTorchShape));
  compare(
    "parameters",
    describeOurs(network.parameters()),
    golden.params.map(([, name, shape]) => describe(name, shape)),
  );
  const buffers = listedBuffers(network, golden).filter(([name]) => isStatistic(name));
  compare(
    "buffers",
    describeOurs(network.buffers()),
    buffers.map(([name, shape]) => describe(name, shape)),
  );
  compare("trained values", [`${parameterCount(network)}`], [`${golden.trainableParams}`]);
  const trained = network.trainedParameters();
  for (const [, name, , norm] of golden.params) {
    if (trained.has(name) === (norm !== null)) continue;
    throw new TypeError(
      `${name} of ${golden.network} is ${norm === null ? "" : "not "}trained, the golden file has ${
        norm === null ? "no" : "a"
      } gradient for it`,
    );
  }
}

/** The file's buffers; where it does not list them, the network's own with the shapes that they must have. */
function listedBuffers(
  network: Network,
  { buffers, params }: Golden,
): readonly (readonly [name: string, shape: readonly number[]])[] {
  if (typeof buffers !== "string") return buffers;
  const shapes = new Map(params.map(([, name, shape]) => [name, shape]));
  return [...network.buffers().keys()].map((name) =>
    [name, shapes.get(name.replace(/[^.]+$/, "weight")) ?? []] as const
  );
}
