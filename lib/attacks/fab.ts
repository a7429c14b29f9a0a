/** FAB-T: walks along the decision boundary between the label and one target towards the clean image. */
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
import {
  changeTo,
  faceHyperplane,
  type Facing,
  leastLambda,
  narrow,
} from "./hyperplane_projection.ts";
import { logitDifference } from "./losses.ts";
import { disposeReplaced, isFiniteRow } from "./rows.ts";
import { notFinite } from "./predict.ts";
import { targetOf, towards } from "./targets.ts";

// Croce and Hein 2020 (FAB), the values of both implementations: bias towards the clean image, overshoot, backward step.
const ALPHA_MAX = number(0.1);
const OVERSHOOT = number(1.05);
const BACKWARD = number(0.9);
// No image is as far; what both implementations start from.
const FAR = 1e10;

/** Where a run stands, per image. */
type Walk = {
  /** [n, P]. */
  point: Tensor;
  /** The nearest adversarial point so far, [n, P], and its distance, [n, 1]. */
  nearest: Tensor;
  distance: Tensor;
};

type TargetedRows = Rows & { towards: Tensor };

/**
 * FAB-T: for the classes with the 2nd, 3rd, ... largest clean logit, the adversarial image nearest to the clean one. It counts
 * where it is within epsilon. The walk starts at the clean image: nothing is random.
 */
export async function fabTargeted(
  batch: Batch,
  { iterations, targets }: { iterations: number; targets: number },
  session: Session,
): Promise<Found> {
  const found = new Found(batch);
  for (let rank = 2; rank <= targets + 1;) {
    const places = found.remaining();
    if (places.length === 0) break;
    // Walks do not depend on each other: where few images are left, they go towards several targets side by side.
    const room = Math.floor(batch.labels.length / places.length);
    const together = Math.max(1, Math.min(room, targets + 2 - rank, batch.classes + 1 - rank));
    const part = partOf(batch, places);
    const walkers = partOf(part, times(Array.from(places.keys()), together));
    const aims = Array.from({ length: together }, (_, i) => [...targetOf(part, rank + i)]).flat();
    const rows = { ...rowsOf(walkers, session), towards: towards(walkers, aims) };
    const from = rank - 2;
    const pause = (fraction: number) => session.pause((from + fraction * together) / targets);
    await walk(rows, {
      places: times(places, together),
      found,
      iterations,
      session: { ...session, pause },
    });
    rank += together;
  }
  return found;
}

/** The list so many times over. */
function times<T>(list: readonly T[], count: number): T[] {
  return Array.from({ length: count }, () => list).flat();
}

/** One walk from each of `rows`, which are disposed. */
async function walk(rows: TargetedRows, options: {
  /** Which images they are; where several are the same, the first that gets within epsilon counts. */
  places: readonly number[];
  found: Found;
  iterations: number;
  session: Session;
}): Promise<void> {
  const { found, iterations, session } = options;
  let places = options.places;
  let state: Walk = tf.tidy(() => ({
    point: rows.clean.clone(),
    nearest: rows.clean.clone(),
    distance: tf.fill([places.length, 1], FAR),
  }));
  try {
    for (let i = 0; i < iterations; i++) {
      await session.pause(i / iterations);
      const next = tf.tidy(() => advance(state, rows, session));
      disposeReplaced(state, next);
      state = next;
      if (!session.earlyStop || i === iterations - 1) continue;
      collect(state, places, found, session);
      const isDone = (row: number) => found.fooled[places[row]!] === 1;
      if (places.every((_, row) => isDone(row))) return;
      const kept = rowsLeft(isDone, places.length);
      if (kept === undefined) continue;
      state = keepRows(state, kept);
      rows = keepRows(rows, kept);
      places = kept.map((row) => places[row]!);
    }
    collect(state, places, found, session);
    // A walk that has once met a gradient that is none goes nowhere any more, and finds nothing.
    if (!tf.tidy(() => isFiniteRow(state.point).all().dataSync()[0])) {
      throw notFinite("perturbed");
    }
  } finally {
    disposeReplaced(state, {});
    disposeReplaced(rows, {});
  }
}

/** Copies the images within epsilon to `found`. */
function collect(
  { nearest, distance }: Walk,
  places: readonly number[],
  found: Found,
  { epsilon }: Session,
): void {
  const within = tf.tidy(() => op.squeezeColumn(op.lessEqual(distance, number(epsilon))));
  const near = placesOf(within);
  within.dispose();
  const first = new Map<number, number>();
  for (const row of near) {
    const place = places[row]!;
    if (found.fooled[place] === 0 && !first.has(place)) first.set(place, row);
  }
  found.take(nearest, [...first.values()], [...first.keys()]);
}

/** The change's size, in the attack's norm: [n, P] to [n, 1]. */
function sizeIn(norm: Session["norm"]): (changes: Tensor) => Tensor {
  return norm === "linf" ? (x) => op.rowMax(op.abs(x)) : op.rowNorm;
}

/** One iteration. */
function advance(state: Walk, rows: TargetedRows, { victim, norm }: Session): Walk {
  const { clean, labels, towards } = rows;
  const facing = victim.step("FAB-T linearisation", linearise(victim, norm), {
    point: state.point,
    clean,
    labels,
    towards,
  });
  const lambda = leastLambda(facing, (search) => victim.step("FAB-T projection", narrow, search));
  return victim.step("FAB-T iteration", step(victim, norm), {
    state,
    clean,
    labels,
    facing,
    lambda,
  });
}

/** The boundary as the linear model at the point sees it, from the points and from the clean images. */
function linearise(victim: Session["victim"], norm: Session["norm"]) {
  return ({ point, clean, labels, towards }: Record<string, Tensor>): Facing => {
    const { loss, gradient, correct } = victim.evaluate(
      point!,
      labels!,
      (logits) => logitDifference(logits, towards!),
    );
    correct.dispose();
    // Where z_t - z_y + gradient . (v - point) = 0.
    const atPoint = loss.reshape([-1, 1]);
    const atClean = op.add(atPoint, op.rowSum(op.mul(gradient, op.sub(clean!, point!))));
    return faceHyperplane(
      op.concat([point!, clean!]),
      op.concat([gradient, gradient]),
      op.concat([atPoint, atClean]),
      norm,
    );
  };
}

/** The next point: between the projections of the point and of the clean image, a bit beyond the boundary. */
function step(victim: Session["victim"], norm: Session["norm"]) {
  return ({ state, clean, labels, facing, lambda }: {
    state: Walk;
    clean: Tensor;
    labels: Tensor;
    facing: Facing;
    lambda: Tensor;
  }): Walk => {
    const { point, nearest, distance } = state;
    const changes = changeTo(facing, lambda, norm);
    const size = sizeIn(norm);
    const sizes = op.maximum(size(changes), number(1e-8));
    const count = labels.shape[0]!;
    const [pointSize, cleanSize] = tf.split(sizes, 2) as [Tensor, Tensor];
    const [pointChange, cleanChange] = tf.split(changes, [count, count]) as [Tensor, Tensor];
    const alpha = op.minimum(op.div(pointSize, op.add(pointSize, cleanSize)), ALPHA_MAX);
    const fromPoint = op.add(point, op.mul(OVERSHOOT, pointChange));
    const fromClean = op.add(clean, op.mul(OVERSHOOT, cleanChange));
    const mixed = op.add(
      op.mul(fromPoint, op.sub(number(1), alpha)),
      op.mul(fromClean, alpha),
    );
    const moved = op.clipByValue(mixed, number(0), number(1));

    const wrong = op.logicalNot(victim.isCorrect(moved, labels));
    const change = op.sub(moved, clean);
    const newDistance = size(change);
    const nearer = op.logicalAnd(wrong, op.squeezeColumn(op.less(newDistance, distance)));
    return {
      nearest: op.whereRows(nearer, moved, nearest),
      distance: op.whereRows(nearer, newDistance, distance),
      point: op.whereRows(wrong, op.add(clean, op.mul(change, BACKWARD)), moved),
    };
  };
}
