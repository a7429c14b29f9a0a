/** Comparing a network with numbers that PyTorch computed for it ("golden" files). */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { z } from "zod";
import { parameterCount, type StoredVariable } from "../layers/mod.ts";
import { crossEntropy } from "../losses/mod.ts";
import { buildNetwork, type Network, parseNetworkName } from "../models/mod.ts";
import { tf, valueAndGradients } from "../tensorflow/mod.ts";
import { lossOfOutputs } from "./outputs.ts";

const numbers = z.array(z.number());
const place = z.tuple([z.int(), z.int(), z.int()]);
type Place = z.infer<typeof place>;

/**
 * Logits, of which the files hold the first ten of each sample; of networks that give logits for every pixel all of those at a
 * few places [n, h, w].
 */
const logitsSchema = z.union([
  z.object({ logits: z.array(numbers) }),
  z.object({ logitsAt: z.array(z.tuple([z.int(), z.int(), z.int(), numbers])) })
    .transform(({ logitsAt }) => ({
      logits: logitsAt.map((each) => each[3]),
      at: logitsAt.map(([n, h, w]): Place => [n, h, w]),
    })),
]).transform((part): { logits: number[][]; at?: Place[] } => part);

/**
 * The part of a golden file that is compared. Weights, buffers and images are filled by a rule, so that the file holds
 * results only: logits in eval mode (batch 2), and of one training step (batch 4, dropout off) the loss, the logits, the
 * norm of every gradient and the first running statistics. Shapes are PyTorch's, the classes always second.
 */
const goldenSchema = z.object({
  network: z.string(),
  inputShapeNCHW: z.tuple([z.int(), z.int(), z.int(), z.int()]),
  outputShape: z.array(z.int()).min(2),
  trainableParams: z.int(),
  eval: logitsSchema.and(z.object({
    float32MaxAbsDiff: z.number(),
    auxLogits: z.array(numbers).optional(),
  })),
  train: logitsSchema.and(z.object({
    loss: z.number(),
    runningStatsAfterForward: z.array(z.tuple([z.string(), numbers])),
    float32LossDiff: z.number(),
    float32GradL2MaxRelDiff: z.number(),
    float32GradL2MedianRelDiff: z.number(),
  })),
  params: z.array(z.tuple([z.int(), z.string(), z.array(z.int()), z.number().nullable()])),
  // A sentence where they are too many to list: a mean and a variance for each batch norm, of the shape of its weight.
  buffers: z.union([z.array(z.tuple([z.string(), z.array(z.int())])), z.string()]),
});

/** A golden file. */
export type Golden = z.infer<typeof goldenSchema>;

/** One compared quantity: the largest difference, and how much is allowed. */
export interface GoldenDifference {
  quantity:
    | "eval logits"
    | "auxiliary logits"
    | "train logits"
    | "loss"
    | "gradient norms"
    | "running statistics";
  difference: number;
  tolerance: number;
}

/** What comparing a network with a golden file gave. */
export interface GoldenResult {
  network: string;
  differences: GoldenDifference[];
  passed: boolean;
}

/** Images of the batches. */
const EVALUATED = 2;
const TRAINED = 4;
/** Pixels of a block with one label, along each axis. */
const BLOCK = 8;

/** Largest multiple of PyTorch's own float32 error that passes (spec of the golden files). */
const TOLERATED_ERRORS = 20;
/** Differences below this part of the values' size are float32 rounding, however small PyTorch's own error was. */
const ROUNDING = 2e-6;

/**
 * A gradient below this part of the largest is 0 but for float64's rounding, e.g. by the shift of a batch norm that another
 * one takes away again: it is compared as it is, not relative to itself.
 */
const VANISHING = 1e-12;

/**
 * Reads a golden file's text.
 *
 * @throws {TypeError} when it is no JSON, or parts are missing
 */
export function parseGolden(text: string): Golden {
  const parsed = goldenSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new TypeError(
    `This is no golden file: ${z.prettifyError(parsed.error).replace(/\s+/g, " ")}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`This is no golden file: it is no JSON (${(error as Error).message})`);
  }
}

/**
 * Builds the network that the golden file names, fills it by the rule and compares.
 *
 * @throws {RangeError} when there is no such network
 * @throws {TypeError} when names or shapes of its variables are not those of the file
 */
export async function checkGolden(golden: Golden): Promise<GoldenResult> {
  const [, channels, height, width] = golden.inputShapeNCHW;
  const { name, options } = parseNetworkName(golden.network);
  const network = buildNetwork(name, {
    classes: golden.outputShape[1]!,
    inputShape: [height, width, channels],
    seed: 0,
    options,
  });
  try {
    fillByRule(network, golden);
    const differences = [
      ...await compareEvaluation(network, golden),
      ...await compareTrainingStep(network, golden),
    ];
    const passed = differences.every(({ difference, tolerance }) => difference <= tolerance);
    return { network: golden.network, differences, passed };
  } finally {
    network.dispose();
  }
}

async function compareEvaluation(network: Network, golden: Golden): Promise<GoldenDifference[]> {
  const { logits, at, auxLogits, float32MaxAbsDiff } = golden.eval;
  const images = imagesByRule(golden.inputShapeNCHW, EVALUATED);
  const differences: GoldenDifference[] = [];
  const compare = async (
    quantity: GoldenDifference["quantity"],
    ours: () => Tensor,
    wanted: number[][],
  ) => {
    const tensor = tf.tidy(ours);
    const difference = largestDifference(await storedLogits(tensor, at), wanted);
    tensor.dispose();
    differences.push({ quantity, ...difference(float32MaxAbsDiff) });
  };
  const options = { training: false };
  await compare("eval logits", () => network.forward(images, options), logits);
  if (auxLogits !== undefined) {
    // NaN where there is no auxiliary head: nothing equals it.
    const auxiliary = () => network.outputs(images, options).auxiliary?.logits;
    const none = () => tf.fill([auxLogits.length, auxLogits[0]?.length ?? 0], NaN);
    await compare("auxiliary logits", () => auxiliary() ?? none(), auxLogits);
  }
  images.dispose();
  return differences;
}

async function compareTrainingStep(
  network: Network,
  golden: Golden,
): Promise<GoldenDifference[]> {
  const { train } = golden;
  const images = imagesByRule(golden.inputShapeNCHW, TRAINED);
  const labels = labelsByRule(golden);
  checkUnused(network, golden);
  const { loss, logits, norms } = await trainingStep(network, images, labels, train.at);
  const gradients = {
    difference: Math.max(...normDifferences(norms, golden)),
    tolerance: Math.max(TOLERATED_ERRORS * train.float32GradL2MaxRelDiff, ROUNDING),
  };
  const differences: GoldenDifference[] = [
    {
      quantity: "train logits",
      ...largestDifference(logits, train.logits)(
        Math.max(
          golden.eval.float32MaxAbsDiff *
            Math.max(1, largest(train.logits) / largest(golden.eval.logits)),
          trainingError(golden) * largest(train.logits),
        ),
      ),
    },
    {
      quantity: "loss",
      // PyTorch's single loss may be right by chance.
      ...largestDifference([[loss]], [[train.loss]])(
        Math.max(train.float32LossDiff, trainingError(golden) * train.loss / TOLERATED_ERRORS),
      ),
    },
  ];
  const statistics = train.runningStatsAfterForward.filter(([name]) => isStatistic(name));
  if (statistics.length > 0) {
    const buffers = network.buffers();
    const ours = await Promise.all(
      statistics.map(async ([name, values]) =>
        [...await buffers.get(name)!.readPyTorch()].slice(0, values.length)
      ),
    );
    const wanted = statistics.map(([, values]) => values);
    const moved = statistics.map(([name, values]) =>
      values.map((value, i) => value - bufferByRule(name, i))
    );
    differences.push({
      quantity: "running statistics",
      ...largestDifference(ours, wanted)(
        Math.max(golden.eval.float32MaxAbsDiff, trainingError(golden) * largest(moved)),
      ),
    });
  }
  if (gradients.difference > gradients.tolerance) {
    gradients.difference = await leastNormDifference(network, golden, { images, labels });
  }
  differences.splice(2, 0, { quantity: "gradient norms", ...gradients });
  tf.dispose([images, labels]);
  return differences;
}

/**
 * PyTorch's relative float32 error of a training step. The files have its absolute error in eval mode only, and batch
 * statistics of a few values lose more digits: in MobileNetV3's last maps, of 1x1, a thousand times more. Half of the
 * gradients' norms deviate by more than this, and activations are what they are made of.
 */
function trainingError({ train }: Golden): number {
  return train.float32GradL2MedianRelDiff;
}

/** Loss, logits and gradient norms of a step, nothing dropped. */
async function trainingStep(
  network: Network,
  images: Tensor,
  labels: Tensor,
  at?: readonly Place[],
): Promise<{ loss: number; logits: number[][]; norms: number[] }> {
  const parameters = [...network.trainedParameters().values()];
  let logits: Tensor | undefined;
  const { value, norms } = tf.tidy(() => {
    const { value, gradients } = valueAndGradients(
      () => {
        // Without a seed nothing is dropped.
        const outputs = network.outputs(images, { training: true });
        logits = tf.keep(outputs.logits.clone());
        return lossOfOutputs(outputs, crossEntropy(), labels);
      },
      parameters.map((parameter) => parameter.value),
    );
    return { value, norms: tf.stack(gradients.map((gradient) => gradient.norm())) };
  });
  const step = {
    loss: (await value.data())[0]!,
    logits: await storedLogits(logits!, at),
    norms: [...await norms.data()],
  };
  tf.dispose([value, norms, logits!]);
  return step;
}

/** Relative differences of the gradients' norms, in the order of the parameters. */
function normDifferences(norms: readonly number[], golden: Golden): number[] {
  const wanted = golden.params.flatMap(([, , , norm]) => norm === null ? [] : [norm]);
  const vanishing = VANISHING * Math.max(...wanted);
  return norms.map((norm, i) =>
    Math.abs(norm - wanted[i]!) / (wanted[i]! > vanishing ? wanted[i]! : 1)
  );
}

/**
 * The largest of the parameters' differences, each the least of those that the batch in several orders gives.
 *
 * Where a value lies within float32's rounding of ReLU's kink, it may pass in float32 and not in float64, and every gradient
 * below it differs by far more than rounding. The order of the batch changes no norm but how sums are rounded, and so which
 * of these values pass; what is wrong in every order is no such chance.
 */
async function leastNormDifference(
  network: Network,
  golden: Golden,
  { images, labels }: { images: Tensor; labels: Tensor },
): Promise<number> {
  const count = images.shape[0]!;
  let least: number[] | undefined;
  for (let order = 0; order < 2 * count; order++) {
    const [orderedImages, orderedLabels] = tf.tidy(() => {
      const rotated = Array.from({ length: count }, (_, n) => (n + order) % count);
      const indices = tf.tensor1d(order < count ? rotated : rotated.reverse(), "int32");
      return [images.gather(indices), labels.gather(indices)] as const;
    });
    const { norms } = await trainingStep(network, orderedImages, orderedLabels);
    tf.dispose([orderedImages, orderedLabels]);
    const differences = normDifferences(norms, golden);
    least = least?.map((difference, i) => Math.min(difference, differences[i]!)) ?? differences;
  }
  return Math.max(...least!);
}

/** The rule's pseudo-random number in [0, 1] for element `i` of parameter `k`. */
export function ruleUniform(k: number, i: number): number {
  let h = Math.imul(i + 1, 0x9E3779B1) ^ Math.imul(k + 1, 0x85EBCA6B);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2C1B3C6D);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297A2D39);
  h ^= h >>> 15;
  return (h >>> 0) / 4294967296;
}

/** Whether PyTorch's buffer is a running mean or variance, and no counter or constant. */
function isStatistic(name: string): boolean {
  return /(^|\.)running_(mean|var)$/.test(name);
}

/** Throws where the network's variables or their number are not those of the file. */
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

/** Throws where the network trains other parameters than those that have a gradient in the file. */
function checkUnused(network: Network, golden: Golden): void {
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

function fillByRule(network: Network, golden: Golden): void {
  checkVariables(network, golden);
  const parameters = [...network.parameters()];
  parameters.forEach(([name, parameter], k) => {
    const shape = parameter.layout.pyTorchShape;
    const size = shape.reduce((a, b) => a * b, 1);
    const scaled = scaleByRule(name, shape, size);
    parameter.assignPyTorch(
      Float32Array.from({ length: size }, (_, i) => scaled(2 * ruleUniform(k, i) - 1)),
    );
  });
  for (const [name, buffer] of network.buffers()) {
    buffer.assignPyTorch(
      Float32Array.from({ length: buffer.shape[0]! }, (_, i) => bufferByRule(name, i)),
    );
  }
}

function bufferByRule(name: string, i: number): number {
  return name.endsWith("running_var") ? 1 + 0.1 * Math.sin(i) ** 2 : 0.01 * Math.cos(i);
}

function scaleByRule(name: string, shape: readonly number[], size: number) {
  if (name.endsWith("logit_scale")) return (v: number) => 4 + 2 * v;
  if (!name.endsWith("weight")) return (v: number) => 0.2 * v;
  if (shape.length < 2) return (v: number) => 1 + 0.2 * v;
  const bound = Math.sqrt(6 / (size / shape[0]!));
  return (v: number) => bound * v;
}

/** The rule's images, `0.5 + 0.5 sin(0.01 i)` over N, C, H, W, as NHWC. */
function imagesByRule(shape: Golden["inputShapeNCHW"], count: number): Tensor4D {
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
function labelsByRule({ outputShape }: Golden): Tensor {
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

/** What the files hold: the first ten logits of each sample, or all of the pixels at the given places. */
async function storedLogits(logits: Tensor, at?: readonly Place[]): Promise<number[][]> {
  if (at === undefined) {
    const rows = await logits.array() as number[][];
    return rows.map((row) => row.slice(0, 10));
  }
  const places = tf.tidy(() => tf.gatherND(logits, tf.tensor2d(at as Place[], undefined, "int32")));
  const rows = await places.array() as number[][];
  places.dispose();
  return rows;
}

/** The largest difference of two tables, and 20 times PyTorch's own error or what rounding alone may be. */
function largestDifference(ours: number[][], wanted: readonly number[][]) {
  const difference = Math.max(
    ...wanted.flatMap((row, n) => row.map((value, c) => Math.abs(value - (ours[n]?.[c] ?? NaN)))),
  );
  const size = largest(wanted);
  return (float32Error: number) => ({
    difference,
    tolerance: Math.max(TOLERATED_ERRORS * float32Error, ROUNDING * size),
  });
}

function largest(table: readonly number[][]): number {
  return Math.max(...table.flat().map(Math.abs));
}
