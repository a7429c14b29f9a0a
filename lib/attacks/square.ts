/** Square Attack: random squares, kept where they lower the margin. Needs no gradients. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { op, tf } from "../tensorflow/mod.ts";
import { type Batch, Found, keepRows, rowsLeft, rowsOf, type Session } from "./batch.ts";
import { disposeReplaced } from "./rows.ts";
import { notFinite } from "./predict.ts";
import { squareShare, squareSide } from "./square_pattern.ts";
import { proposeL2, proposeLinf, type SquareRows, startL2, startLinf } from "./square_moves.ts";

/** How a run of Square Attack goes. */
export interface SquareSettings {
  /** How often the model may be asked about an image. */
  queries: number;
  /** Whether the squares shrink as for 10,000 queries, however many there are. */
  rescaled: boolean;
  /** L2: whether the norm that a new square may use up is counted per channel (original) or over all (torchattacks). */
  perChannel: boolean;
}

/** The images that are still classified as their label, and some that are not any more. */
interface Standing {
  rows: SquareRows;
  labels: Int32Array;
  /** The least margin of each so far. */
  margins: Float32Array;
  /** Which images of the batch they are. */
  places: number[];
  /** 1 for those that are done, with which nothing is done any more. */
  isDone: Uint8Array;
}

/**
 * Square Attack on the margin z_y - max_{j != y} z_j. An image leaves when its margin is 0 or less, and is fooled when its
 * class is not the label then (with a margin of 0 it may still be).
 */
export async function square(
  batch: Batch,
  settings: SquareSettings,
  session: Session,
): Promise<Found> {
  const { victim, norm } = session;
  const { queries, rescaled, perChannel } = settings;
  const [height, width] = victim.shape;
  const found = new Found(batch);
  const rows = rowsOf(batch, session);
  const start = norm === "linf" ? startLinf : startL2;
  const best = tf.tidy(() => start(rows, session));
  let standing: Standing = {
    rows: { ...rows, best },
    labels: batch.labels,
    margins: new Float32Array(batch.labels.length).fill(Infinity),
    places: found.remaining(),
    isDone: new Uint8Array(batch.labels.length),
  };
  try {
    const logits = tf.tidy(() => victim.logits(best).dataSync<"float32">());
    standing = accept(best, logits, standing, found);
    for (let query = 0; query < queries && standing.isDone.includes(0); query++) {
      if (query % 8 === 0) await session.pause(query / queries);
      const share = squareShare(query, { queries, rescaled });
      const side = squareSide(share, height, width, norm);
      const { candidates, logits } = tf.tidy(() => {
        const proposed = norm === "linf"
          ? proposeLinf(standing.rows, side, session)
          : proposeL2(standing.rows, standing.isDone, side, { ...session, perChannel });
        // Few numbers, which are needed here to know which images are done.
        return { ...proposed, logits: proposed.logits.dataSync<"float32">() };
      });
      standing = accept(candidates, logits, standing, found);
    }
  } finally {
    disposeReplaced(standing.rows, {});
  }
  return found;
}

/** Keeps the candidates with a lower margin, and takes out the images that are done. Other tensors are disposed. */
function accept(
  candidates: Tensor,
  logits: Float32Array,
  standing: Standing,
  found: Found,
): Standing {
  const { labels, margins, places, isDone } = standing;
  const classes = logits.length / labels.length;
  if (!logits.every(Number.isFinite)) {
    candidates.dispose();
    throw notFinite("perturbed");
  }
  const better = new Uint8Array(labels.length);
  const fooled: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    if (isDone[i]) continue;
    const { margin, isFooled } = marginOf(
      logits.subarray(i * classes, (i + 1) * classes),
      labels[i]!,
    );
    better[i] = Number(margin < margins[i]! || margin <= 0);
    if (better[i]) margins[i] = margin;
    if (margin > 0) continue;
    isDone[i] = 1;
    if (isFooled) fooled.push(i);
  }
  found.take(candidates, fooled, fooled.map((i) => places[i]!));
  const rows = keepBetter(candidates, better, standing.rows);
  const kept = rowsLeft((row) => isDone[row] === 1, labels.length);
  if (kept === undefined) return { ...standing, rows };
  return {
    rows: keepRows(rows, kept),
    labels: Int32Array.from(kept, (i) => labels[i]!),
    margins: Float32Array.from(kept, (i) => margins[i]!),
    places: kept.map((i) => places[i]!),
    isDone: Uint8Array.from(kept, (i) => isDone[i]!),
  };
}

function keepBetter(candidates: Tensor, better: Uint8Array, rows: SquareRows): SquareRows {
  if (candidates === rows.best) return rows;
  let kept = rows;
  if (better.includes(1)) {
    const best = tf.tidy(() => op.whereRows(tf.tensor1d(better, "bool"), candidates, rows.best));
    kept = { ...rows, best };
    disposeReplaced(rows, kept);
  }
  candidates.dispose();
  return kept;
}

/** The margin z_y - max_{j != y} z_j in float32, and whether another class than the label is predicted. */
function marginOf(logits: Float32Array, label: number): { margin: number; isFooled: boolean } {
  let other = -Infinity;
  let place = -1;
  logits.forEach((logit, i) => {
    if (i === label || logit <= other) return;
    other = logit;
    place = i;
  });
  const own = logits[label]!;
  // Of equal logits the first is the prediction.
  return {
    margin: Math.fround(own - other),
    isFooled: other > own || (other === own && place < label),
  };
}
