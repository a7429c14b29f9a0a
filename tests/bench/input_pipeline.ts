/**
 * Images per second and core of the input pipeline beside torchvision's DataLoader, on the same cores, in turns:
 *
 *     deno run -A tests/bench/input_pipeline.ts <python with torchvision> [rounds]
 *
 * Both have as many workers as there are cores; each turn is one pass over the same images, and the best of all turns counts.
 */
import { requestedImages, sharedImages } from "../../lib/datasets/mod.ts";
import { ENDS_WITH_US, makeTemporaryFolder } from "../../lib/runtime/mod.ts";
import { InputPipeline, trainingBatches } from "../../lib/training/mod.ts";

const [python = "python3", rounds = "5"] = Deno.args;
const cores = navigator.hardwareConcurrency;
const temporary = makeTemporaryFolder();
const folder = temporary.path;
const script = new URL("input_pipeline.py", import.meta.url).pathname;
const child = new Deno.Command(python, {
  args: ["-W", "ignore", ...ENDS_WITH_US, script, String(cores), folder],
  env: { CUDA_VISIBLE_DEVICES: "", PYTHONDONTWRITEBYTECODE: "1" },
  stdin: "piped",
  stdout: "piped",
}).spawn();
const lines = linesOf(child.stdout);
const writer = child.stdin.getWriter();
const { ready, cifar, jpegRepeats } = JSON.parse((await lines.next()).value!);

const sets = { cifar: cifarImages(cifar), imagenet: jpegImages(jpegRepeats) };
const batchSizes = { cifar: 128, imagenet: 32 };
console.log(`${cores} cores; ${ready}`);
for (const name of ["cifar", "imagenet"] as const) {
  const best = { ours: 0, theirs: 0 };
  for (let round = 0; round < Number(rounds); round++) {
    best.ours = Math.max(best.ours, await ours(name));
    best.theirs = Math.max(best.theirs, await theirs(name));
  }
  const perCore = (rate: number) => `${Math.round(rate / cores)} images/s per core`;
  const ratio = (best.ours / best.theirs).toFixed(2);
  console.log(
    `${name}: ours ${perCore(best.ours)}, torchvision ${perCore(best.theirs)}: ${ratio}x`,
  );
}
await writer.close();
await child.status;
temporary.remove();

/** One pass of our pipeline, from its first batch on. */
async function ours(name: keyof typeof sets): Promise<number> {
  const images = sets[name];
  const plans = trainingBatches({
    count: images.count,
    batchSize: batchSizes[name],
    augmentation: name === "cifar" ? "crop_flip" : "flip",
    seed: 0,
    epochs: 1,
    firstStep: 0,
  });
  const input = new InputPipeline(images, plans, { workers: cores });
  try {
    await input.next();
    const start = performance.now();
    let count = 0;
    for (let batch = await input.next(); batch; batch = await input.next()) {
      count += batch.labels.length;
    }
    return 1000 * count / (performance.now() - start);
  } finally {
    input.close();
  }
}

async function theirs(name: string): Promise<number> {
  await writer.write(new TextEncoder().encode(`${JSON.stringify({ name })}\n`));
  return JSON.parse((await lines.next()).value!).imagesPerSecond;
}

function cifarImages(count: number) {
  const pixels = new Uint8Array(new SharedArrayBuffer(count * 3072));
  for (let i = 0; i < pixels.length; i++) pixels[i] = i * 31;
  return sharedImages({ name: "cifar", shape: [32, 32, 3], pixels, labels: new Int32Array(count) });
}

function jpegImages(repeats: number) {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
  return requestedImages({
    name: "jpegs",
    shape: [224, 224, 3],
    labels: new Int32Array(files.length * repeats),
    request: (indices) => ({
      kind: "encoded",
      places: Array.from(indices, (index) => ({ file: files[index % files.length]! })),
      fit: { shorterSide: 256, crop: 224 },
    }),
  });
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}
