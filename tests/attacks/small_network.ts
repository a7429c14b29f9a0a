/** The network and the images of tests/fixtures/attacks/small.safetensors, made by tests/oracles/attacks.py. */
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type AttackName, attackNames, type PresetName } from "../../lib/attacks/mod.ts";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import type { Predictor } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { hashed } from "./hashed_source.ts";

/** [H, W, C] of the images. */
export const smallShape = [6, 6, 2] as const;
const [inputs, hidden] = [72, 24];

function hashedNumbers(first: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => hashed(first + i));
}

/** 72 inputs, 24 ReLUs, weights in [-0.5, 0.5). */
export function smallNetwork(classes: number): { model: Predictor; dispose: () => void } {
  const centred = (first: number, count: number) => hashedNumbers(first, count).map((u) => u - 0.5);
  const first = tf.tensor2d(centred(0, inputs * hidden), [inputs, hidden]);
  const second = tf.tensor2d(centred(inputs * hidden, hidden * classes), [hidden, classes]);
  return {
    model: (images) => images.reshape([-1, inputs]).sub(0.5).matMul(first).relu().matMul(second),
    dispose: () => tf.dispose([first, second]),
  };
}

/** The first images. */
export function smallImages(count: number): Tensor4D {
  return tf.tensor4d(hashedNumbers(0, count * inputs), [count, ...smallShape]);
}

/** What an original made of the images. */
export interface SmallCase {
  preset: PresetName;
  norm: "linf" | "l2";
  epsilon: number;
  classes: number;
  count: number;
  batchSize: number;
  targets: number;
  queries: number;
  labels: Int32Array;
  fooledBy: (AttackName | "clean" | null)[];
  adversarial: Float32Array;
}

/** The cases of the fixture. */
export function smallCases(): SmallCase[] {
  const url = new URL("../fixtures/attacks/small.safetensors", import.meta.url);
  const { tensors, metadata } = decodeSafetensors(Deno.readFileSync(url));
  const settings = JSON.parse(metadata.cases!) as Omit<SmallCase, "labels" | "fooledBy">[];
  return settings.map((setting, i) => ({
    ...setting,
    labels: tensors.get(`${i}.labels`)!.data as Int32Array,
    fooledBy: Array.from(
      tensors.get(`${i}.fooled_by`)!.data as Uint8Array,
      (entry) => entry === 0 ? null : attackNames[entry - 2] ?? "clean",
    ),
    adversarial: tensors.get(`${i}.adversarial`)!.data as Float32Array,
  }));
}
