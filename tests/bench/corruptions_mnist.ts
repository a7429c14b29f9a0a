// How long the corruptions of MNIST-C take: deno run -A tests/bench/corruptions_mnist.ts [images]
// Prints seconds per 10,000 images for each, and for all 15 together. Run it alone on the machine.
import { mnistCorruptions } from "../../lib/corruptions/mod.ts";
import type { MnistCorruption } from "../../lib/corruptions/mod.ts";
import { loadTestSet, mnistC } from "../../lib/datasets/mod.ts";

const images = Number(Deno.args[0] ?? 10_000);
const test = await loadTestSet("mnist");
const indices = Uint32Array.from({ length: images }, (_, i) => i);
let total = 0;
for (const { name } of Object.values<MnistCorruption>(mnistCorruptions)) {
  const start = performance.now();
  await mnistC(test, name, { seed: 0 }).read(indices);
  const seconds = (performance.now() - start) / 1000 * 10_000 / images;
  total += seconds;
  console.log(`${name.padEnd(14)} ${seconds.toFixed(2)} s`);
}
console.log(`${"all 15".padEnd(14)} ${total.toFixed(2)} s for 10,000 images each`);
