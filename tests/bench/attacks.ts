/**
 * AutoAttack's speed beside torchattacks 3.5.1, on the same network, images and CPU, one after the other in turns:
 *
 *     deno run -A tests/bench/attacks.ts PYTHON [--weights=FILE] [--count=200] [--rounds=2] [--threads=2]
 *
 * PYTHON has torch, safetensors and torchattacks. With the weights of a LeNet trained on MNIST its test images are attacked at
 * the paper's epsilons; ResNet18 has its initial weights, random images, and its own predictions as labels: at the paper's
 * epsilons all are fooled, at the small ones none is. "all steps" is `earlyStop: false`, as torchattacks works.
 */
import { parseArgs } from "node:util";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { AutoAttackOptions, AutoAttackResult } from "../../lib/attacks/mod.ts";
import { ENDS_WITH_US, makeTemporaryFolder } from "../../lib/runtime/mod.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: "string" },
    count: { type: "string", default: "200" },
    rounds: { type: "string", default: "2" },
    threads: { type: "string", default: "2" },
    only: { type: "string", default: "" },
  },
});
const [python] = positionals;
if (python === undefined) throw new Error("Name the Python that has torchattacks");
const threads = Number(flags.threads);
// Read when TensorFlow is loaded.
Deno.env.set("HEM_TENSORFLOW", "cpu");
Deno.env.set("HEM_THREADS", String(threads));
const { autoAttack } = await import("../../lib/attacks/mod.ts");
const { loadDataset } = await import("../../lib/datasets/mod.ts");
const { encodeSafetensors } = await import("../../lib/formats/mod.ts");
const { buildNetwork } = await import("../../lib/models/mod.ts");
const { generator } = await import("../../lib/random/mod.ts");
const { tf } = await import("../../lib/tensorflow/mod.ts");
const { loadWeights, saveWeights } = await import("../../lib/training/mod.ts");

const temporary = makeTemporaryFolder();
const folder = temporary.path;
type Shape = [height: number, width: number, channels: number];

interface Case {
  name: string;
  network: string;
  shape: Shape;
  count: number;
  weights: string | undefined;
  attacks: Pick<AutoAttackOptions, "norm" | "epsilon">;
  queries: number;
  batchSize: number;
}

const lenet = { network: "lenet", shape: [28, 28, 1] as Shape, weights: flags.weights };
const resnet = { network: "resnet18", shape: [32, 32, 3] as Shape, weights: undefined };
const many = { count: Number(flags.count), queries: 5000, batchSize: 250 };
// Enough of Square Attack's 5000 queries to tell its speed.
const few = { count: 8, queries: 50, batchSize: 8 };
const cases: Case[] = [
  { name: "lenet linf 0.3", ...lenet, ...many, attacks: { norm: "linf", epsilon: 0.3 } },
  { name: "lenet l2 2", ...lenet, ...many, attacks: { norm: "l2", epsilon: 2 } },
  {
    name: "lenet linf 0.1",
    ...lenet,
    ...many,
    queries: 500,
    attacks: { norm: "linf", epsilon: 0.1 },
  },
  { name: "resnet18 linf 8/255", ...resnet, ...few, attacks: { norm: "linf", epsilon: 8 / 255 } },
  { name: "resnet18 l2 0.5", ...resnet, ...few, attacks: { norm: "l2", epsilon: 0.5 } },
  { name: "resnet18 linf 1e-4", ...resnet, ...few, attacks: { norm: "linf", epsilon: 1e-4 } },
  { name: "resnet18 l2 1e-3", ...resnet, ...few, attacks: { norm: "l2", epsilon: 1e-3 } },
];

async function imagesOf({ shape, count, weights }: Case): Promise<Float32Array> {
  if (weights === undefined) {
    const pixels = new Float32Array(count * shape.reduce((a, b) => a * b));
    generator(0, "bench").fillUniform(pixels);
    return pixels;
  }
  const { test } = await loadDataset("mnist", {
    data: new URL("../../data", import.meta.url).pathname,
  });
  const bytes = await test.read(Uint32Array.from({ length: count }, (_, i) => i));
  return Float32Array.from(bytes, (byte) => byte / 255);
}

const names = ["apgd-ce", "apgd-t", "fab-t", "square"];

async function compare(settings: Case) {
  const { name, network: networkName, shape, count, attacks, queries, batchSize } = settings;
  const network = buildNetwork(networkName, { classes: 10, inputShape: shape, seed: 0 });
  const weights = settings.weights ?? `${folder}/${networkName}.safetensors`;
  if (settings.weights === undefined) await saveWeights(network, weights, {});
  else await loadWeights(network, weights);
  const model = (images: Tensor4D) => network.forward(images, { training: false });
  const pixels = await imagesOf(settings);
  const images = tf.tensor4d(pixels, [count, ...shape]);
  const labels = tf.tidy(() => model(images).argMax(1).dataSync() as Int32Array);
  const file = `${folder}/images.safetensors`;
  Deno.writeFileSync(
    file,
    encodeSafetensors(
      new Map([
        ["images", { dtype: "F32", shape: [count, ...shape], data: pixels }],
        ["labels", { dtype: "I32", shape: [count], data: Int32Array.from(labels) }],
      ]),
      {},
    ),
  );
  const request = `${folder}/request.json`;
  Deno.writeTextFileSync(
    request,
    JSON.stringify({
      ...attacks,
      network: networkName,
      weights,
      images: file,
      classes: 10,
      targets: 9,
      batchSize,
      queries,
      threads,
    }),
  );
  // The least of the rounds: what else the machine does makes times longer only.
  const least: number[][] = [[], [], []];
  const note = (side: number, seconds: readonly number[]) =>
    seconds.forEach((value, i) => least[side]![i] = Math.min(least[side]![i] ?? Infinity, value));
  const robust: number[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [side, earlyStop] of [[0, true], [2, false]] as const) {
      const result = await autoAttack(model, images, labels, {
        ...attacks,
        batchSize,
        queries,
        earlyStop,
      });
      note(side, names.map((attack) => secondsOf(result, attack)));
      robust[side] = result.robustAccuracy;
    }
    const { stdout, stderr, success } = await new Deno.Command(python!, {
      args: [
        ...["-W", "ignore", ...ENDS_WITH_US],
        ...[new URL("attacks.py", import.meta.url).pathname, request],
      ],
      env: { OMP_WAIT_POLICY: "passive" },
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const answer = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
    note(1, answer.seconds);
    robust[1] = answer.robust;
  }
  const row = (what: string, [ours, theirs, whole]: number[]) => {
    const speed = (seconds: number) => (count / seconds).toFixed(1).padStart(9);
    const ratio = (seconds: number) => (theirs! / seconds).toFixed(2).padStart(6);
    const numbers = [speed(ours!), speed(theirs!), ratio(ours!), speed(whole!), ratio(whole!)];
    console.log(`${name.padEnd(19)} ${what.padEnd(8)} ${numbers.join(" ")}`);
  };
  const sum = (values: number[]) => values.reduce((a, b) => a + b);
  names.forEach((attack, i) => {
    if (least[0]![i]! > 0) row(attack, least.map((seconds) => seconds[i]!));
  });
  row("in all", least.map(sum));
  console.log(`${"".padEnd(19)} robust   ${[robust[0], robust[1], robust[2]].join(" / ")}`);
  tf.dispose(images);
  network.dispose();
}

function secondsOf({ log }: AutoAttackResult, attack: string): number {
  return log.find((entry) => entry.attack === attack)?.seconds ?? 0;
}

console.log(
  `Images/s on ${threads} threads; ratio of ours to torchattacks; load of the machine ${
    Deno.loadavg()[0]!.toFixed(1)
  }`,
);
console.log("case                attack        ours    theirs  ratio all steps  ratio");
for (const settings of cases.filter(({ name }) => name.includes(flags.only))) {
  if (settings.network === "lenet" && settings.weights === undefined) continue;
  await compare(settings);
}
temporary.remove();
