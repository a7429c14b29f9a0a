// Images per second of CIFAR-10-C's corruptions, ours beside NumPy, SciPy, OpenCV and ImageMagick, on one thread each:
//
//   deno run -A tests/bench/corruptions_cifar.ts <python with the packages of tests/oracles/corruptions_image.py> [rounds]
//
// Both make the same number of images of all five severities, in turns; of each the median of the rounds counts. Seconds are
// those of the processor, so that other programs do not count; ours include those of V8's own threads.
import { cpuUsage } from "node:process";
import { imageCorruptionLists } from "../../lib/corruptions/mod.ts";
import { imageC, memoryImages } from "../../lib/datasets/mod.ts";
import { ENDS_WITH_US } from "../../lib/runtime/mod.ts";
import { testImage } from "../corruptions/image_case.ts";

const [python = "python3", rounds = "5"] = Deno.args;
const script = new URL("corruptions_cifar.py", import.meta.url).pathname;
// images per severity and round; some are slow in Python
const COUNT = 60;

const other = new Deno.Command(python, {
  args: [...ENDS_WITH_US, script],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const asking = other.stdin.getWriter();
const answers = other.stdout.pipeThrough(new TextDecoderStream()).getReader();

async function theirSeconds(name: string): Promise<number> {
  await asking.write(new TextEncoder().encode(`${name} ${COUNT}\n`));
  let text = "";
  while (!text.endsWith("\n")) text += (await answers.read()).value ?? "\n";
  return Number(text);
}

const test = memoryImages({
  name: "test",
  shape: [32, 32, 3],
  pixels: Uint8Array.from(
    Array.from({ length: COUNT }, (_, i) => [...testImage(32, i % 16)]).flat(),
  ),
  labels: new Int32Array(COUNT),
});
const all = Uint32Array.from({ length: COUNT }, (_, i) => i);
// as large as the published pictures of ice after their resize by 0.2
const textures = [[120, 180], [63, 112], [63, 112], [70, 105], [99, 132]].map((
  [height, width],
) => ({
  height: height!,
  width: width!,
  pixels: new Uint8Array(height! * width! * 3).fill(90),
}));

async function ourSeconds(name: string): Promise<number> {
  const start = cpuUsage();
  for (let severity = 1; severity <= 5; severity++) {
    await imageC(test, name, severity, { seed: 0, textures }).read(all);
  }
  const { user, system } = cpuUsage(start);
  return (user + system) / 1e6;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const rate = (seconds: number) => Math.round(5 * COUNT / seconds);
const row = (name: string, ours: number, theirs: number) =>
  `${name.padEnd(18)} ${String(rate(ours)).padStart(8)} ${String(rate(theirs)).padStart(10)} ${
    (theirs / ours).toFixed(2).padStart(7)
  }`;

console.log("images/s               ours     Python   ratio");
const totals: [ours: number[], theirs: number[]] = [[], []];
for (const name of imageCorruptionLists["19"]) {
  // V8 compiles what runs often
  for (let i = 0; i < 3; i++) await ourSeconds(name);
  await theirSeconds(name);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    ours.push(await ourSeconds(name));
    theirs.push(await theirSeconds(name));
  }
  totals[0].push(median(ours));
  totals[1].push(median(theirs));
  console.log(row(name, median(ours), median(theirs)));
}
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
console.log(row("all 19", sum(totals[0]) / 19, sum(totals[1]) / 19));
await asking.close();
await answers.cancel();
await other.status;
