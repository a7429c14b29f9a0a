/**
 * Comparing a network with numbers that PyTorch computed for it.
 *
 * What is allowed comes from PyTorch's own float32 errors, which the files state. A right network in float32 is off by as much
 * as PyTorch is; a wrong one must not pass, were it by a tenth of one layer's gradient.
 */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { buildNetwork, type Network, parseNetworkName } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import type { Golden } from "./golden.ts";
import { fillByRule, imagesByRule, isStatistic } from "./rule.ts";
import { ORDERS, type Step, storedLogits, trainingStep } from "./training_step.ts";

/** One compared quantity: the largest difference, and how much is allowed. */
export interface GoldenDifference {
  quantity: string;
  difference: number;
  tolerance: number;
}

/** What comparing a network with a golden file gave. */
export interface GoldenResult {
  network: string;
  differences: GoldenDifference[];
  passed: boolean;
}

/** Images of the batch in eval mode. */
const EVALUATED = 2;
/** Largest multiple of PyTorch's own float32 error that passes (spec of the golden files). */
const TOLERATED_ERRORS = 20;
/** Differences below this part of the values' size are float32 rounding, however small PyTorch's own error was. */
const ROUNDING = 2e-6;

/**
 * A gradient below this part of the largest is 0 but for float64's rounding, e.g. by the shift of a batch norm that another
 * one takes away again: it is compared relative to the largest.
 */
const VANISHING = 1e-12;

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
  const compare = async (quantity: string, ours: () => Tensor, wanted: number[][]) => {
    const tensor = tf.tidy(ours);
    const difference = largestDifference(await storedLogits(tensor, at), wanted);
    tensor.dispose();
    return { quantity, difference, tolerance: tolerance(float32MaxAbsDiff, largest(wanted)) };
  };
  const options = { training: false };
  const differences = [
    await compare("eval logits", () => network.forward(images, options), logits),
  ];
  if (auxLogits !== undefined) {
    // NaN where there is no auxiliary head: nothing equals it.
    const auxiliary = () => network.outputs(images, options).auxiliary?.logits;
    const none = () => tf.fill([auxLogits.length, auxLogits[0]?.length ?? 0], NaN);
    differences.push(await compare("auxiliary logits", () => auxiliary() ?? none(), auxLogits));
  }
  images.dispose();
  return differences;
}

/**
 * A file that does not state PyTorch's errors of a training step's logits and statistics has that of evaluation, which is too
 * little: batch statistics of a few values lose more digits, in MobileNetV3's last maps, of 1x1, a thousand times more. The
 * median error of the gradients' norms tells how many: where both were measured, PyTorch's logits were off by no more than a
 * half of it, and its statistics by a quarter.
 */
async function compareTrainingStep(network: Network, golden: Golden): Promise<GoldenDifference[]> {
  const { train } = golden;
  const step = await trainingStep(network, golden);
  const size = largest(train.logits);
  const differences = [
    {
      quantity: "train logits",
      difference: largestDifference(step.logits, train.logits),
      tolerance: tolerance(
        train.float32LogitsMaxAbsDiff ??
          Math.max(
            golden.eval.float32MaxAbsDiff * Math.max(1, size / largest(golden.eval.logits)),
            golden.train.float32GradL2MedianRelDiff / 4 * size,
          ),
        size,
      ),
    },
    {
      quantity: "loss",
      difference: largestDifference([[step.loss]], [[train.loss]]),
      // PyTorch's single loss may be right by chance.
      tolerance: Math.max(
        tolerance(train.float32LossDiff, train.loss),
        train.float32GradL2MedianRelDiff * train.loss,
      ),
    },
  ];
  const statistics = await compareStatistics(network, golden);
  return [...differences, ...await compareGradients(network, golden, step), ...statistics];
}

/** That of the buffer that is furthest off, in parts of what it is allowed. */
async function compareStatistics(network: Network, golden: Golden): Promise<GoldenDifference[]> {
  const statistics = golden.train.runningStatsAfterForward.filter(([name]) => isStatistic(name));
  const buffers = network.buffers();
  const differences = await Promise.all(
    statistics.map(async ([name, wanted, error], i) => {
      const ours = [...await buffers.get(name)!.readPyTorch()].slice(0, wanted.length);
      // Of the norm's mean and variance: a mean near 0 is the difference of numbers that are not.
      const norm = statistics.filter((each) => normOf(each[0]) === normOf(name));
      const size = largest(norm.map((each) => each[1]));
      // Files that do not state it begin with those of the first norm, where there is rounding alone.
      const unstated = i < 2 ? 0 : golden.train.float32GradL2MedianRelDiff / 20 * size;
      return {
        quantity: "running statistics",
        difference: largestDifference([ours], [wanted]),
        tolerance: tolerance(error ?? unstated, size),
      };
    }),
  );
  return worst(differences);
}

function normOf(buffer: string): string {
  return buffer.replace(/[^.]+$/, "");
}

/** What of the gradients is compared, with PyTorch's float32 errors of it. */
interface GradientMeasure {
  quantity: string;
  /** The differences of all parameters. */
  differences: (step: Step) => number[];
  largestError: number;
  medianError: number;
}

/** A gradient that is wrong by a tenth is found, however large PyTorch's own error is. */
const FORGIVEN = 0.03;

/**
 * The gradients' norms and projections, relative to the norms.
 *
 * Where a value lies within float32's rounding of an activation's kink, it may pass in float32 and not in float64, and every
 * gradient below it differs by far more than rounding. Files with projections keep away from kinks. For the others, the batch
 * is taken in several orders, which change nothing but how sums are rounded, and so which of these values pass: there must be
 * one order in which all parameters differ by no more than 20 times PyTorch's largest error, and half of them by no more than
 * 20 times its median or by its largest. What is wrong is so in every order: no parameter may differ by more than 3 % in all of
 * them, unless PyTorch's own does.
 */
async function compareGradients(
  network: Network,
  golden: Golden,
  first: Step,
): Promise<GoldenDifference[]> {
  const measures = gradientMeasures(golden);
  const orders = measures.map(({ differences }) => [differences(first)]);
  const judged = () => measures.flatMap((measure, m) => judge(measure, orders[m]!));
  const isRight = (all: GoldenDifference[]) =>
    all.every(({ difference, tolerance }) => difference <= tolerance);
  const tries = measures.length > 1 ? 1 : ORDERS;
  for (let order = 1; order < tries && !isRight(judged()); order++) {
    const step = await trainingStep(network, golden, order);
    measures.forEach(({ differences }, m) => orders[m]!.push(differences(step)));
  }
  return judged();
}

function gradientMeasures({ params, train }: Golden): GradientMeasure[] {
  const trained = params.filter((each) => each[3] !== null);
  const norms = trained.map((each) => each[3]!);
  const largestNorm = Math.max(...norms);
  const sizes = norms.map((norm) => norm > VANISHING * largestNorm ? norm : largestNorm);
  const relative = (ours: readonly number[], wanted: readonly number[]) =>
    ours.map((each, i) => {
      const difference = Math.abs(each - wanted[i]!) / sizes[i]!;
      return Number.isNaN(difference) ? Infinity : difference;
    });
  const measures = [{
    quantity: "gradient norms",
    differences: ({ norms: ours }: Step) => relative(ours, norms),
    largestError: train.float32GradL2MaxRelDiff,
    medianError: train.float32GradL2MedianRelDiff,
  }];
  const { float32ProjectionMaxRelDiff, float32ProjectionMedianRelDiff } = train;
  if (float32ProjectionMaxRelDiff !== undefined && float32ProjectionMedianRelDiff !== undefined) {
    measures.push({
      quantity: "gradient projections",
      // A file that states their error has all of them.
      differences: ({ projections }) => relative(projections, trained.map((each) => each[4]!)),
      largestError: float32ProjectionMaxRelDiff,
      medianError: float32ProjectionMedianRelDiff,
    });
  }
  return measures;
}

function judge(
  { quantity, largestError, medianError }: GradientMeasure,
  orders: readonly (readonly number[])[],
): GoldenDifference[] {
  const inOneOrder = orders.map((differences) => {
    const sorted = differences.toSorted((a, b) => a - b);
    return [
      { quantity, difference: sorted.at(-1)!, tolerance: tolerance(largestError, 1) },
      {
        quantity: `${quantity}' median`,
        difference: sorted[Math.floor(sorted.length / 2)]!,
        tolerance: Math.max(tolerance(medianError, 1), largestError),
      },
    ];
  });
  const excess = (all: GoldenDifference[]) =>
    Math.max(...all.map(({ difference, tolerance }) => difference / tolerance));
  const best = inOneOrder.reduce((a, b) => excess(b) < excess(a) ? b : a);
  const inSomeOrder = orders[0]!.map((_, i) =>
    Math.min(...orders.map((differences) => differences[i]!))
  );
  return [
    ...best,
    {
      quantity: `${quantity} in each one's best order`,
      difference: Math.max(...inSomeOrder),
      tolerance: Math.max(Math.min(tolerance(largestError, 1), FORGIVEN), largestError),
    },
  ];
}

/** 20 times PyTorch's error, or what rounding alone may be of values of that size. */
function tolerance(error: number, size: number): number {
  return Math.max(TOLERATED_ERRORS * error, ROUNDING * size);
}

/** Of several differences of one quantity the one that is furthest beyond its tolerance, or nearest to it. */
function worst(differences: GoldenDifference[]): GoldenDifference[] {
  if (differences.length === 0) return [];
  const share = ({ difference, tolerance }: GoldenDifference) => difference / tolerance;
  return [differences.reduce((a, b) => share(b) > share(a) ? b : a)];
}

/** The largest difference of two tables; infinite where one is not a number, or they have not the same shape. */
function largestDifference(ours: number[][], wanted: readonly number[][]): number {
  const isSameShape = ours.length === wanted.length &&
    ours.every((row, i) => row.length === wanted[i]!.length);
  if (!isSameShape) return Infinity;
  const differences = ours.flatMap((row, i) => row.map((x, j) => Math.abs(x - wanted[i]![j]!)));
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}

function largest(table: readonly (readonly number[])[]): number {
  return Math.max(...table.flat().map(Math.abs));
}
