/** Continual learning: ours and avalanche-lib in turns. */
import { dirname, join } from "node:path";
import { type ImageSet, loadDataset } from "../../lib/datasets/mod.ts";
import { withTemporaryFolder } from "../../lib/runtime/mod.ts";
import { BENCH_IMAGES, continualCases, paceOf } from "./continual_cases.ts";
import { runPython } from "./python_script.ts";
import { median } from "./time_case.ts";

/** A row of the result: steps per second of each side. */
export interface ContinualRow {
  name: string;
  ours: number;
  avalanche: number;
  /** Ours / avalanche-lib's. */
  ratio: number;
}

/** Compares the rows of these names; of each side the median of the rounds counts. */
export async function compareContinual(
  names: readonly string[],
  options: { python: string; threads: number; rounds: number },
): Promise<ContinualRow[]> {
  const mnist = await loadDataset("mnist");
  return await withTemporaryFolder(async (root) => {
    await writeOfficial(join(root, "MNIST/raw"), "train", mnist.train, BENCH_IMAGES);
    await writeOfficial(join(root, "MNIST/raw"), "t10k", mnist.test, 500);
    const rows: ContinualRow[] = [];
    for (const row of continualCases.filter(({ name }) => names.includes(name))) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < options.rounds; round++) {
        const { steps, seconds } = await paceOf(row, mnist);
        ours.push(steps / seconds);
        theirs.push(await avalanche(row.name, root, options));
      }
      const [a, b] = [median(ours), median(theirs)];
      rows.push({ name: row.name, ours: a, avalanche: b, ratio: a / b });
    }
    return rows;
  });
}

async function avalanche(
  name: string,
  root: string,
  { python, threads }: { python: string; threads: number },
): Promise<number> {
  const { steps, seconds } = await runPython<{ steps: number; seconds: number }>({
    python,
    script: "continual.py",
    args: [name, root, String(threads)],
    env: { OMP_NUM_THREADS: String(threads) },
    what: `avalanche-lib in ${name}`,
  });
  return steps / seconds;
}

/** Writes the first images of a set as MNIST's official files (yann.lecun.com's idx), which torchvision reads. */
async function writeOfficial(folder: string, prefix: string, set: ImageSet, count: number) {
  await Deno.mkdir(folder, { recursive: true });
  const pixels = await set.read(Array.from({ length: count }, (_, i) => i));
  const file = (kind: string, magic: number[], sizes: number[], bytes: Uint8Array) => {
    const head = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
    magic.forEach((byte, i) => head.setUint8(i, byte));
    sizes.forEach((size, i) => head.setUint32(4 + 4 * i, size));
    const path = join(folder, `${prefix}-${kind}`);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, new Uint8Array([...new Uint8Array(head.buffer), ...bytes]));
  };
  file("images-idx3-ubyte", [0, 0, 8, 3], [count, 28, 28], pixels);
  const labels = Uint8Array.from(set.labels.subarray(0, count));
  file("labels-idx1-ubyte", [0, 0, 8, 1], [count], labels);
}
