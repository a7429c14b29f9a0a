/** Where a run of AutoAttack stands, in one file, so that it can be interrupted. */
import { createHash } from "node:crypto";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../formats/mod.ts";
import { UnusableFileError, writeAtomically } from "../files/mod.ts";
import { type AttackName, attackNames } from "./presets.ts";

/** What an image's entry in {@linkcode Standing.fooledBy} means where no attack has fooled it. */
export const ROBUST = 0;
/** The entry of an image that is misclassified as it is. */
export const MISCLASSIFIED = 1;

/** The entry of an image that an attack has fooled. */
export function fooledByEntry(attack: AttackName): number {
  return 2 + attackNames.indexOf(attack);
}

/** Everything that the rest of a run depends on, or that its result needs. */
export interface Standing {
  /** How many units of work (an attack on a batch) are done. */
  done: number;
  /** For each image: 0 robust so far, 1 misclassified when clean, 2 ... fooled by attack 0 ... */
  fooledBy: Uint8Array;
  /** Clean where an image is not fooled, [count, P]. */
  adversarial: Float32Array;
  /** The logits of the clean images; they tell the network of a resumed run from another. */
  logits: Float32Array;
  /** Seconds spent in each attack. */
  seconds: number[];
}

const FORMAT = "hem-autoattack-1";
// Sums in another order change logits by about 1e-6 of their size; another network changes them by far more.
const SAME_NETWORK = 1e-3;

/** A run's inputs in short: a state of another run is refused. */
export function identityOf(
  settings: unknown,
  images: Float32Array,
  labels: Int32Array,
): string {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const { buffer, byteOffset, byteLength } of [images, labels]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

/** Writes where the run stands; the file is replaced whole or stays as it was. */
export function writeState(file: string, identity: string, standing: Standing): void {
  const { done, fooledBy, adversarial, logits, seconds } = standing;
  const count = fooledBy.length;
  const pixels = adversarial.length / count;
  const changed = Array.from(fooledBy.keys()).filter((i) => fooledBy[i]! > MISCLASSIFIED);
  const rows = new Float32Array(changed.length * pixels);
  changed.forEach((image, i) =>
    rows.set(adversarial.subarray(image * pixels, (image + 1) * pixels), i * pixels)
  );
  const tensors = new Map<string, StoredTensor>([
    ["fooled_by", { dtype: "U8", shape: [count], data: fooledBy }],
    ["adversarial", { dtype: "F32", shape: [changed.length, pixels], data: rows }],
    ["logits", { dtype: "F32", shape: [count, logits.length / count], data: logits }],
  ]);
  const metadata = { format: FORMAT, identity, run: JSON.stringify({ done, seconds }) };
  writeAtomically(file, encodeSafetensors(tensors, metadata));
}

/**
 * Reads where a run stands.
 *
 * @param clean The clean images, [count, P]
 * @param logits Theirs, as the network gives them now
 * @returns undefined where there is no such file
 * @throws {UnusableFileError} when the file is damaged, or of another run
 */
export function readState(
  file: string,
  identity: string,
  { clean, logits }: { clean: Float32Array; logits: Float32Array },
): Standing | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    if (metadata.format !== FORMAT) throw new TypeError("it is no state of AutoAttack");
    if (metadata.identity !== identity) {
      throw new TypeError("it is of other images, labels or settings");
    }
    const stored = tensors.get("logits")!.data as Float32Array;
    checkSameNetwork(stored, logits);
    const fooledBy = tensors.get("fooled_by")!.data as Uint8Array;
    const rows = tensors.get("adversarial")!.data as Float32Array;
    const adversarial = clean.slice();
    const pixels = clean.length / fooledBy.length;
    Array.from(fooledBy.keys()).filter((i) => fooledBy[i]! > MISCLASSIFIED).forEach((image, i) =>
      adversarial.set(rows.subarray(i * pixels, (i + 1) * pixels), image * pixels)
    );
    const run = JSON.parse(metadata.run!) as Pick<Standing, "done" | "seconds">;
    return { ...run, fooledBy, adversarial, logits: stored };
  } catch (error) {
    throw new UnusableFileError(file, (error as Error).message, { cause: error });
  }
}

function checkSameNetwork(stored: Float32Array, logits: Float32Array): void {
  const size = stored.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const isSame = stored.length === logits.length &&
    stored.every((value, i) => Math.abs(value - logits[i]!) <= SAME_NETWORK * size);
  if (!isSame) throw new TypeError("it is of another network: the clean images have other logits");
}
