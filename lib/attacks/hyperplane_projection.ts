/** FAB's projection: the smallest change, within the box, that puts an image on a hyperplane. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, op, tf } from "../tensorflow/mod.ts";
import type { Norm } from "./ball.ts";

// Entries of a normal below this are not moved in L2 (fra31/auto-attack, fab_projections.py).
const NEGLIGIBLE = number(1e-8);

/**
 * For each image t the change d of least norm with w.(t + d) = b and 0 <= t + d <= 1; where the hyperplane does not meet the
 * box, the change to the corner nearest to it.
 *
 * With room_i the way that pixel i can go towards the hyperplane, the changes are min(lambda, room_i) in L-infinity and
 * min(lambda |w_i|, room_i) in L2, where lambda makes them cover the excess |w.t - b|. What they cover is a concave and
 * piecewise linear function of lambda, so that Newton's method from 0 climbs to the solution itself in a few steps; no
 * sorting is needed, which the original does, and no running sum, which loses digits in float32.
 *
 * @param points t, [n, P]
 * @param normals w, [n, P]
 * @param excess w.t - b, [n, 1]
 * @returns d, [n, P]
 */
export function hyperplaneProjection(
  points: Tensor,
  normals: Tensor,
  excess: Tensor,
  norm: Norm,
): Tensor {
  return tf.tidy(() => {
    const facing = faceHyperplane(points, normals, excess, norm);
    return changeTo(facing, leastLambda(facing, narrow), norm);
  });
}

/** The box and the hyperplane as seen from each image. */
export type Facing = {
  /** How far each pixel can go towards the hyperplane, [n, P]. */
  room: Tensor;
  /** The normal, turned so that it points away from the hyperplane, [n, P]. */
  outward: Tensor;
  /** Its entries' sizes; in L2 0 for those that are negligible, [n, P]. */
  weight: Tensor;
  /** How far a pixel goes for each unit of lambda, [n, P]; absent where it is 1. */
  speed: Tensor | undefined;
  /** The excess's size, [n, 1]. */
  wanted: Tensor;
};

/** The first part of {@linkcode hyperplaneProjection}. */
export function faceHyperplane(
  points: Tensor,
  normals: Tensor,
  excess: Tensor,
  norm: Norm,
): Facing {
  const side = op.where(op.greaterEqual(excess, number(0)), number(1), number(-1));
  const outward = op.mul(normals, side);
  const room = op.where(op.greater(outward, number(0)), points, op.sub(number(1), points));
  let weight = op.abs(outward);
  if (norm === "l2") weight = op.where(op.greater(weight, NEGLIGIBLE), weight, number(0));
  return {
    room,
    outward,
    weight,
    speed: norm === "l2" ? weight : undefined,
    wanted: op.abs(excess),
  };
}

/** The last part: the changes of pixels at a lambda. */
export function changeTo(
  { room, outward, weight, speed }: Facing,
  lambda: Tensor,
  norm: Norm,
): Tensor {
  const change = op.minimum(pace(speed, lambda), room);
  const direction = op.sign(norm === "l2" ? op.mul(outward, op.sign(weight)) : outward);
  return op.sub(number(0), op.mul(direction, change));
}

/** How far the pixels would go without bounds: lambda * speed. */
function pace(speed: Tensor | undefined, lambda: Tensor): Tensor {
  return speed ? op.mul(lambda, speed) : lambda;
}

/** A search for lambda: what it started from, and where it is. */
export type Search = Pick<Facing, "room" | "weight" | "speed" | "wanted"> & { lambda: Tensor };

// Steps between two looks at whether a split has changed; after the last change they change nothing.
const STEPS_TOGETHER = 3;

/**
 * The least lambda, [n, 1], at which what is wanted is covered, or one at which no pixel has room left. In each step the pixels
 * split into those at their bounds and those that still move; it ends when no split changes.
 *
 * @param step Does some steps: {@linkcode narrow}
 */
export function leastLambda(
  { room, weight, speed, wanted }: Facing,
  step: (search: Search) => ReturnType<typeof narrow>,
): Tensor {
  let lambda = tf.zerosLike(wanted);
  while (true) {
    const { next, hasRisen } = tf.tidy(() => step({ room, weight, speed, wanted, lambda }));
    const isDone = hasRisen.dataSync()[0] === 0;
    tf.dispose([hasRisen, lambda]);
    lambda = next;
    if (isDone) return lambda;
  }
}

/** Some steps of {@linkcode leastLambda}, and whether the last one changed something. */
export function narrow(
  { room, weight, speed, wanted, lambda }: Search,
): { next: Tensor; hasRisen: Tensor } {
  const atBound = op.mul(weight, room);
  const rate = speed ? op.mul(weight, speed) : weight;
  let [before, next] = [lambda, lambda];
  for (let step = 0; step < STEPS_TOGETHER; step++) {
    const moves = op.greater(room, pace(speed, next));
    const covered = op.rowSum(op.where(moves, number(0), atBound));
    const rates = op.rowSum(op.where(moves, rate, number(0)));
    const solved = op.divNoNan(op.sub(wanted, covered), rates);
    [before, next] = [next, op.maximum(next, solved)];
  }
  return { next, hasRisen: op.any(op.greater(next, before)) };
}
