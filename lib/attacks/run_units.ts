/** Running AutoAttack's units of work. */
import { predictions } from "../evaluation/mod.ts";
import { turnOfEventLoop } from "../progress/mod.ts";
import { apgdCe, apgdTargeted } from "./apgd.ts";
import type { AutoAttackOptions, Settings } from "./options.ts";
import { moveIntoBall } from "./ball.ts";
import { type Batch, type Found, partOf, type Session } from "./batch.ts";
import { fabTargeted } from "./fab.ts";
import { predictLogits } from "./predict.ts";
import { attackNames } from "./presets.ts";
import { seededSource } from "./random_source.ts";
import { square } from "./square.ts";
import { fooledByEntry, type Standing } from "./state.ts";
import type { Unit } from "./units.ts";
import type { Victim } from "./victim.ts";

// Long enough to cost nothing beside the attacks, short enough to lose little.
const SECONDS_BETWEEN_SAVES = 30;

/** What all units have in common. */
interface Campaign {
  images: Batch;
  victim: Victim;
  settings: Settings;
  options: AutoAttackOptions;
  /** Saves where the run stands, where the caller wants that. */
  save: () => void;
}

/** Runs what is left of `units` and notes in `standing` what comes of it; saves it now and then, and however it ends. */
export async function runUnits(
  units: Iterable<Unit>,
  standing: Standing,
  campaign: Campaign,
): Promise<void> {
  const { images, save } = campaign;
  const pause = pauses(campaign.options);
  let saved = performance.now();
  try {
    let passed = 0;
    for (const unit of units) {
      if (passed++ < standing.done) continue;
      const start = performance.now();
      const batch = partOf(images, unit.images);
      const found = await attack(
        unit,
        batch,
        campaign,
        (fraction) => pause(unit.from + fraction * (unit.to - unit.from), unit.attack),
      );
      note(unit, await confirmed(found, batch, campaign), standing);
      standing.done++;
      standing.seconds[attackNames.indexOf(unit.attack)]! += (performance.now() - start) / 1000;
      if (performance.now() - saved < 1000 * SECONDS_BETWEEN_SAVES) continue;
      save();
      saved = performance.now();
    }
  } finally {
    save();
  }
  campaign.options.onProgress?.(1, "done");
}

/** Says how far the run is, lets timers and signals have their turn, and throws where a stop was asked for. */
function pauses({ signal, onProgress }: AutoAttackOptions) {
  return async (fraction: number, note: string) => {
    onProgress?.(fraction, note);
    await turnOfEventLoop();
    signal?.throwIfAborted();
  };
}

function attack(
  { attack }: Unit,
  batch: Batch,
  { victim, settings, options: { norm, epsilon, random } }: Campaign,
  pause: Session["pause"],
): Promise<Found> {
  const { seed, earlyStop, iterations, targets } = settings;
  const source = random?.(attack) ?? seededSource(seed, attack, victim.pixels);
  const session: Session = { victim, norm, epsilon, earlyStop, random: source, pause };
  switch (attack) {
    case "apgd-ce":
      return apgdCe(batch, { iterations }, session);
    case "apgd-t": {
      const sharedStep = norm === "l2" && settings.apgdtL2SharedStep;
      return apgdTargeted(batch, { iterations, targets, sharedStep }, session);
    }
    case "fab-t":
      return fabTargeted(batch, { iterations, targets }, session);
    case "square": {
      const { queries, rescaledSquares: rescaled, perChannel } = settings;
      return square(batch, { queries, rescaled, perChannel }, session);
    }
  }
}

/** Moves what was found exactly into the ball, and keeps what is misclassified there: the images by their place in the batch. */
async function confirmed(
  { fooled, adversarial }: Found,
  { clean, labels, classes }: Batch,
  { victim, settings, options }: Campaign,
): Promise<Map<number, Float32Array>> {
  const places = Array.from(fooled.keys()).filter((i) => fooled[i] === 1);
  if (places.length === 0) return new Map();
  const { pixels } = victim;
  const moved = new Float32Array(places.length * pixels);
  const rowOf = (values: Float32Array, i: number) => values.subarray(i * pixels, (i + 1) * pixels);
  places.forEach((place, i) => {
    rowOf(moved, i).set(rowOf(adversarial, place));
    moveIntoBall(rowOf(moved, i), rowOf(clean, place), options);
  });
  const { batchSize } = settings;
  const { logits } = await predictLogits(victim, moved, { batchSize, which: "perturbed" });
  const predicted = predictions(logits, classes);
  return new Map(
    places.map((place, i) => [place, i] as const)
      .filter(([place, i]) => predicted[i] !== labels[place])
      .map(([place, i]) => [place, rowOf(moved, i)]),
  );
}

function note(unit: Unit, found: Map<number, Float32Array>, standing: Standing): void {
  for (const [place, image] of found) {
    const index = unit.images[place]!;
    standing.fooledBy[index] = fooledByEntry(unit.attack);
    standing.adversarial.set(image, index * image.length);
  }
}
