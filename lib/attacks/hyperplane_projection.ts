/** FAB's projection: the smallest change, within the box, that puts an image on a hyperplane. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { number, tf } from "../tensorflow/mod.ts";
import type { Norm } from "./ball.ts";
import * as op from "./ops.ts";

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
    // Every normal turned so that it points away from the hyperplane as seen from the image.
    const side = op.choose(op.atLeast(excess, number(0)), number(1), number(-1));
    const outward = op.mul(normals, side);
    const room = op.choose(op.greater(outward, number(0)), points, op.sub(number(1), points));
    let weight = op.absolute(outward);
    if (norm === "l2") weight = op.choose(op.greater(weight, NEGLIGIBLE), weight, number(0));
    const covering = { room, weight, speed: norm === "l2" ? weight : undefined };
    const change = op.minimum(pace(covering, leastLambda(covering, op.absolute(excess))), room);
    const direction = op.sign(norm === "l2" ? op.mul(outward, op.sign(weight)) : outward);
    return op.sub(number(0), op.mul(direction, change));
  });
}

/** The sum over the pixels of weight * min(lambda * speed, room), as a function of lambda. */
interface Covering {
  room: Tensor;
  weight: Tensor;
  /** 1 where undefined. */
  speed: Tensor | undefined;
}

/** How far the pixels would go without bounds: lambda * speed. */
function pace({ speed }: Covering, lambda: Tensor): Tensor {
  return speed ? op.mul(lambda, speed) : lambda;
}

/**
 * The least lambda, [n, 1], at which `wanted` [n, 1] is covered, or one at which no pixel has room left. In each step the
 * pixels split into those at their bounds and those that still move; it ends when no split changes.
 */
function leastLambda(covering: Covering, wanted: Tensor): Tensor {
  const { room, weight, speed } = covering;
  const atBound = op.mul(weight, room);
  const rate = speed ? op.mul(weight, speed) : weight;
  let lambda = tf.zerosLike(wanted);
  while (true) {
    const { next, hasRisen } = tf.tidy(() => {
      const moves = op.greater(room, pace(covering, lambda));
      const covered = op.rowSum(op.choose(moves, number(0), atBound));
      const rates = op.rowSum(op.choose(moves, rate, number(0)));
      const solved = op.divOrZero(op.sub(wanted, covered), rates);
      const next = op.maximum(lambda, solved);
      return { next, hasRisen: op.any(op.greater(next, lambda)) };
    });
    const isDone = hasRisen.dataSync()[0] === 0;
    tf.dispose([hasRisen, lambda]);
    lambda = next;
    if (isDone) return lambda;
  }
}
