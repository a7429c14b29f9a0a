/** Auto-PGD: gradient ascent within the ball, whose steps become smaller where they do not help. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op, tf } from "../tensorflow/mod.ts";
import {
  type Batch,
  Found,
  keepRows,
  partOf,
  placesOf,
  type Rows,
  rowsLeft,
  rowsOf,
  type Session,
} from "./batch.ts";
import { crossEntropyOfEach, type SampleLoss, targetedDlr } from "./losses.ts";
import { disposeReplaced } from "./rows.ts";
import { targetOf, towards } from "./targets.ts";

/** How a run of Auto-PGD goes. */
export interface ApgdSettings {
  iterations: number;
  /** L2: whether all images move by the first image's step (torchattacks' APGD-T); else each by its own. */
  sharedStep?: boolean;
}

// Croce and Hein 2020, section 3: alpha of the momentum, rho of the oscillation test, and what 10^-12 guards.
const MOMENTUM = 0.75;
const RHO = 0.75;
const TINY = number(1e-12);

/** The iterations after which the step is judged, and how many lie before each since the last one. */
export function checkpoints(iterations: number): Map<number, number> {
  const share = (of: number) => Math.max(Math.trunc(of * iterations), 1);
  const [least, less] = [share(0.06), share(0.03)];
  const found = new Map<number, number>();
  let period = share(0.22);
  for (let at = period - 1; at < iterations; at += period) {
    found.set(at, period);
    period = Math.max(period - less, least);
  }
  return found;
}

/** APGD-CE: Auto-PGD on the cross-entropy, one random start. */
export async function apgdCe(
  batch: Batch,
  { iterations }: { iterations: number },
  session: Session,
): Promise<Found> {
  const found = new Found(batch);
  const places = found.remaining();
  await climb({ ...rowsOf(batch, session) }, {
    places,
    found,
    settings: { iterations },
    name: "APGD-CE",
    lossOf: ({ labels }) => (logits) => crossEntropyOfEach(logits, labels),
    session,
  });
  return found;
}

/**
 * APGD-T: Auto-PGD on the targeted DLR loss, one random start for each of the classes with the 2nd, 3rd, ... largest clean
 * logit. Any other class than the label is a success. An image that was fooled is not tried with the next target.
 */
export async function apgdTargeted(
  batch: Batch,
  { targets, ...settings }: ApgdSettings & { targets: number },
  session: Session,
): Promise<Found> {
  const found = new Found(batch);
  for (let rank = 2; rank <= targets + 1; rank++) {
    const places = found.remaining();
    if (places.length === 0) break;
    const part = partOf(batch, places);
    const pause = (fraction: number) => session.pause((rank - 2 + fraction) / targets);
    await climb({ ...rowsOf(part, session), towards: towards(part, targetOf(part, rank)) }, {
      places,
      found,
      settings,
      name: "APGD-T",
      lossOf: ({ towards }) => (logits) => targetedDlr(logits, towards),
      session: { ...session, pause },
    });
  }
  return found;
}

/** Where a run stands, per image. */
type Climb = {
  /** The present point, and that of the iteration before, [n, P]. */
  point: Tensor;
  previous: Tensor;
  gradient: Tensor;
  /** The point of the largest loss so far, its gradient, and that loss. */
  best: Tensor;
  bestGradient: Tensor;
  bestLoss: Tensor;
  /** The largest loss at the last checkpoint, and whether the step was halved there. */
  checkedLoss: Tensor;
  halved: Tensor;
  /** The loss of the last iteration, and how often it rose since the last checkpoint. */
  lastLoss: Tensor;
  rises: Tensor;
  /** [n, 1]. */
  step: Tensor;
  /** Whether the image was misclassified at any point, and the last such point. */
  fooled: Tensor;
  adversarial: Tensor;
};

type Loss = (logits: Tensor) => SampleLoss;

/** One run from one random start; `rows` are disposed. */
async function climb<R extends Rows>(rows: R, options: {
  /** Which images of the whole batch the rows are. */
  places: readonly number[];
  found: Found;
  settings: ApgdSettings;
  /** The attack's. */
  name: string;
  lossOf: (rows: R) => Loss;
  session: Session;
}): Promise<void> {
  const { found, settings, name, lossOf, session } = options;
  const { iterations, sharedStep } = settings;
  let places = options.places;
  const judged = checkpoints(iterations);
  let state: Climb;
  try {
    state = tf.tidy(() => start(rows, lossOf(rows), session));
  } catch (error) {
    disposeReplaced(rows, {});
    throw error;
  }
  // Takes out images that are fooled; the first stays where its step is that of all.
  const release = () => {
    collect(state, places, found);
    const isDone = (row: number) =>
      found.fooled[places[row]!] === 1 && !(sharedStep === true && row === 0);
    const kept = rowsLeft(isDone, places.length);
    if (kept === undefined) return;
    state = keepRows(state, kept);
    rows = keepRows(rows, kept);
    places = kept.map((i) => places[i]!);
  };
  const next = ({ state, rows }: { state: Climb; rows: R }, isFirst = false) => {
    const moved = { ...state, ...move(state, rows, { isFirst, sharedStep, session }) };
    return ascend(moved, rows, lossOf(rows), session);
  };
  try {
    for (let i = 0; i < iterations; i++) {
      await session.pause(i / iterations);
      if (session.earlyStop) release();
      if (places.every((place) => found.fooled[place] === 1)) break;
      const period = judged.get(i);
      const reached = tf.tidy(() => {
        if (i === iterations - 1) {
          const moved = {
            ...state,
            ...move(state, rows, { isFirst: i === 0, sharedStep, session }),
          };
          return record(moved, session.victim.isCorrect(moved.point, rows.labels));
        }
        const risen = i === 0
          ? next({ state, rows }, true)
          : session.victim.step(`${name} iteration`, (inputs) => next(inputs), { state, rows });
        return period === undefined ? risen : judge(risen, period);
      });
      disposeReplaced(state, reached);
      state = reached;
    }
    collect(state, places, found);
  } finally {
    disposeReplaced(state, {});
    disposeReplaced(rows, {});
  }
}

/** Copies what is fooled to `found`; what is there already stays. */
function collect({ fooled, adversarial }: Climb, places: readonly number[], found: Found): void {
  const rows = placesOf(fooled).filter((row) => found.fooled[places[row]!] === 0);
  found.take(adversarial, rows, rows.map((row) => places[row]!));
}

/** The random start on the ball's boundary, clipped to [0, 1]. */
function start(rows: Rows, loss: Loss, { victim, norm, epsilon, random }: Session): Climb {
  const { clean, lower, upper, labels } = rows;
  const count = labels.shape[0]!;
  let change: Tensor;
  if (norm === "linf") {
    const noise = op.sub(op.mul(number(2), random.uniform(count)), number(1));
    change = op.div(noise, op.rowMax(op.abs(noise)));
  } else {
    const noise = random.normal(count);
    change = op.div(noise, op.add(op.rowNorm(noise), TINY));
  }
  const point = op.clipByValue(op.add(clean, op.mul(number(epsilon), change)), lower, upper);
  const { loss: value, gradient, correct } = victim.evaluate(point, labels, loss);
  const fooled = op.logicalNot(correct);
  correct.dispose();
  return {
    point,
    previous: point,
    gradient,
    best: point,
    bestGradient: gradient,
    bestLoss: value,
    checkedLoss: value,
    halved: tf.onesLike(fooled),
    // The originals compare the first loss with a 0 that they have not yet overwritten.
    lastLoss: tf.zerosLike(value),
    rises: tf.zerosLike(value),
    step: tf.fill([count, 1], 2 * epsilon),
    fooled,
    adversarial: point,
  };
}

/** The next point: a step along the gradient with momentum, projected onto the ball and then onto [0, 1]. */
function move(
  { point, previous, gradient, step }: Climb,
  { clean, lower, upper }: Rows,
  { isFirst, sharedStep, session: { norm, epsilon } }: {
    isFirst: boolean;
    sharedStep: boolean | undefined;
    session: Session;
  },
): Pick<Climb, "point" | "previous"> {
  const project = norm === "linf"
    ? (x: Tensor) => op.clipByValue(x, lower, upper)
    : (x: Tensor) => {
      const change = op.sub(x, clean);
      const size = op.rowNorm(change);
      const scale = op.div(op.minimum(size, number(epsilon)), op.add(size, TINY));
      return op.clipByValue(op.add(clean, op.mul(change, scale)), lower, upper);
    };
  let direction: Tensor;
  if (norm === "linf") direction = op.mul(step, op.sign(gradient));
  else {
    const length = sharedStep ? step.slice([0, 0], [1, 1]) : step;
    direction = op.mul(gradient, op.div(length, op.add(op.rowNorm(gradient), TINY)));
  }
  const ahead = project(op.add(point, direction));
  if (isFirst) return { point: ahead, previous: point };
  const turned = op.add(
    op.mul(op.sub(ahead, point), number(MOMENTUM)),
    op.mul(op.sub(point, previous), number(1 - MOMENTUM)),
  );
  return { point: project(op.add(point, turned)), previous: point };
}

/** Notes which images are misclassified; the last adversarial point wins. */
function record(state: Climb, correct: Tensor): Climb {
  const wrong = op.logicalNot(correct);
  return {
    ...state,
    fooled: op.logicalOr(state.fooled, wrong),
    adversarial: op.whereRows(wrong, state.point, state.adversarial),
  };
}

/** Loss and gradient at the new point, and the best so far. */
function ascend(state: Climb, { labels }: Rows, loss: Loss, { victim }: Session): Climb {
  const { loss: value, gradient, correct } = victim.evaluate(state.point, labels, loss);
  const better = op.greater(value, state.bestLoss);
  const next = {
    ...record(state, correct),
    gradient,
    best: op.whereRows(better, state.point, state.best),
    bestGradient: op.whereRows(better, gradient, state.bestGradient),
    bestLoss: op.whereRows(better, value, state.bestLoss),
    rises: op.add(state.rises, op.cast(op.greater(value, state.lastLoss), "float32")),
    lastLoss: value,
  };
  correct.dispose();
  return next;
}

/** At a checkpoint: halves the step and goes back to the best point where the loss rose too rarely or the best stayed. */
function judge(state: Climb, period: number): Climb {
  const { point, gradient, best, bestGradient, bestLoss, checkedLoss, halved, rises, step } = state;
  const oscillates = op.lessEqual(rises, number(period * RHO));
  const isStuck = op.logicalAnd(op.logicalNot(halved), op.greaterEqual(checkedLoss, bestLoss));
  const halves = op.logicalOr(oscillates, isStuck);
  return {
    ...state,
    point: op.whereRows(halves, best, point),
    gradient: op.whereRows(halves, bestGradient, gradient),
    step: op.whereRows(halves, op.mul(step, number(0.5)), step),
    halved: halves,
    // Another tensor, so that each iteration takes as many.
    checkedLoss: bestLoss.clone(),
    rises: tf.zerosLike(rises),
  };
}
