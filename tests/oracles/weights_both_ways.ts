/** The project's side of weights_both_ways.py: NAME CLASSES SIDE FOLDER. */
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import type { Module } from "../../lib/layers/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { loadWeights, saveWeights } from "../../lib/training/mod.ts";

const [name, classes, side, folder] = Deno.args as [string, string, string, string];
const size = Number(side);
const build = (seed: number) =>
  buildNetwork(name, { classes: Number(classes), inputShape: [size, size, 3], seed });
const { tensors } = decodeSafetensors(await Deno.readFile(`${folder}/images.safetensors`));
const { data, shape } = tensors.get("images")!;
const images = tf.tensor(data as Float32Array, [...shape], "float32").transpose([0, 2, 3, 1]);

/** As a tensor to store. */
function logitsOf(network: Module): StoredTensor {
  const logits = tf.tidy(() => network.forward(images, { training: false }));
  const values = logits.dataSync() as Float32Array;
  return { dtype: "F32", shape: [...logits.shape], data: Float32Array.from(values) };
}

const [first, second] = [build(1), build(2)];
await loadWeights(first, `${folder}/theirs.safetensors`);
await saveWeights(second, `${folder}/ours.safetensors`);
const results = new Map([["theirs", logitsOf(first)], ["ours", logitsOf(second)]]);
await Deno.writeFile(`${folder}/logits.safetensors`, encodeSafetensors(results, {}));
