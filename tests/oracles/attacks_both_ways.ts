/**
 * AutoAttack against torchattacks 3.5.1 or fra31/auto-attack on a trained network and MNIST's first test images, with the same
 * random numbers:
 *
 *     deno run -A tests/oracles/attacks_both_ways.ts PYTHON NETWORK WEIGHTS [--norm=linf] [--epsilon=0.3] [--count=1000]
 *         [--preset=torchattacks] [--original=FOLDER] [--all-steps]
 *
 * PYTHON has what tests/oracles/attacks.py needs; FOLDER is the original's, for the preset "standard". It fails where an image
 * lies outside of the ball, or robust accuracies differ by more than 0.1 points.
 */
import { parseArgs } from "node:util";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { attackNames, autoAttack, type Norm, type PresetName } from "../../lib/attacks/mod.ts";
import { loadDataset } from "../../lib/datasets/mod.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { loadWeights } from "../../lib/training/mod.ts";
import { hashedSource } from "../attacks/hashed_source.ts";

const { values: flags, positionals: [python, networkName, weights] } = parseArgs({
  allowPositionals: true,
  options: {
    norm: { type: "string", default: "linf" },
    epsilon: { type: "string", default: "0.3" },
    count: { type: "string", default: "1000" },
    preset: { type: "string", default: "torchattacks" },
    original: { type: "string" },
    "all-steps": { type: "boolean", default: false },
  },
});
if (!python || !networkName || !weights) {
  throw new Error("Name the Python, the network, its weights");
}
const [norm, preset] = [flags.norm as Norm, flags.preset as PresetName];
const [epsilon, count, batchSize, classes] = [Number(flags.epsilon), Number(flags.count), 250, 10];
const shape = [28, 28, 1] as const;

const { test } = await loadDataset("mnist", {
  data: new URL("../../data", import.meta.url).pathname,
});
const bytes = await test.read(Uint32Array.from({ length: count }, (_, i) => i));
const labels = Int32Array.from(test.labels.subarray(0, count));

const folder = await Deno.makeTempDir();
const [request, images, answer] = ["request.json", "images.safetensors", "answer.safetensors"]
  .map((name) => `${folder}/${name}`) as [string, string, string];
Deno.writeFileSync(
  images,
  encodeSafetensors(
    new Map([
      ["images", { dtype: "U8", shape: [count, ...shape], data: Uint8Array.from(bytes) }],
      ["labels", { dtype: "I32", shape: [count], data: labels }],
    ]),
    {},
  ),
);
Deno.writeTextFileSync(
  request,
  JSON.stringify({
    ...{ norm, epsilon, preset, batchSize, classes, images, weights, targets: 9 },
    ...{ network: networkName, threads: 2 },
  }),
);
const original = flags.original === undefined ? [] : ["--original", flags.original];
const script = new URL("attacks.py", import.meta.url).pathname;
const { success } = await new Deno.Command(python, {
  args: ["-W", "ignore", script, "run", request, answer, ...original],
  stdout: "null",
}).output();
if (!success) throw new Error("The original failed");
const { tensors } = decodeSafetensors(Deno.readFileSync(answer));
const theirs = Array.from(
  tensors.get("fooled_by")!.data as Uint8Array,
  (entry) => entry === 0 ? null : attackNames[entry - 2] ?? "clean",
);
await Deno.remove(folder, { recursive: true });

const network = buildNetwork(networkName, { classes, inputShape: [...shape], seed: 0 });
await loadWeights(network, weights);
const pixels = tf.tensor4d(Float32Array.from(bytes, (byte) => byte / 255), [count, ...shape]);
const ours = await autoAttack(
  (batch: Tensor4D) => network.forward(batch, { training: false }),
  pixels,
  labels,
  {
    ...{ norm, epsilon, preset, batchSize, earlyStop: !flags["all-steps"] },
    random: () => hashedSource(shape),
  },
);
const robust = theirs.filter((by) => by === null).length / count;
const verdicts = theirs.filter((by, i) => (by === null) === (ours.fooledBy[i] === null)).length;
const attacks = theirs.filter((by, i) => by === ours.fooledBy[i]).length;
console.log(
  `${networkName} ${preset} ${norm} ${epsilon}: ${verdicts} of ${count} verdicts equal, ${attacks} by the same attack; ` +
    `robust accuracy ${ours.robustAccuracy} and ${robust}; largest change ${ours.selfCheck.largestChange}`,
);
if (Math.abs(ours.robustAccuracy - robust) > 0.001) throw new Error("Robust accuracies differ");
