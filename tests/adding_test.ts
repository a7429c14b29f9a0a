/** What README says about adding something is all that it takes: done in a copy of the library, in those files alone. */
import { assert, assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { projectFolder } from "./other_project.ts";

const readme = await Deno.readTextFile(`${projectFolder}README.md`);

/** The files and folders of lib/ that README names under "How to add" for a kind of thing. */
function placesFor(kind: string): string[] {
  const text = readme.match(new RegExp(`^- \\*\\*${kind}\\*\\*:(.*?)(?=^- \\*\\*|^$)`, "ms"))?.[1];
  assert(text, `README does not say how to add ${kind}`);
  return Array.from(text.matchAll(/`(lib\/[\w./]+)`/g), ([, place]) => place!);
}

/** A copy of the library beside it, which shares its packages and its runtime. */
class Copy implements AsyncDisposable {
  readonly folder: string;
  readonly changed: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(...parts: string[]): Promise<Copy> {
    const folder = await Deno.makeTempDir({ dir: projectFolder, prefix: ".adding_" });
    for (const part of ["lib", ...parts]) {
      await cp(`${projectFolder}${part}`, `${folder}/${part}`, { recursive: true });
    }
    await Deno.symlink(`${projectFolder}.runtime`, `${folder}/.runtime`);
    return new Copy(folder);
  }

  async write(file: string, text: string): Promise<void> {
    this.changed.push(file);
    await Deno.writeTextFile(`${this.folder}/${file}`, text);
  }

  /** Puts `added` in front of what is there. */
  async insert(file: string, before: string, added: string): Promise<void> {
    const text = await Deno.readTextFile(`${this.folder}/${file}`);
    assertEquals(text.split(before).length, 2, `${file} has not one ${before}`);
    await this.write(file, text.replace(before, added + before));
  }

  async deno(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1" },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, `deno ${args.join(" ")}: ${out}${error}`);
    return out!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

// Lin et al. 2017, with gamma 2.
const focal = `import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import type { Loss } from "./loss.ts";

/** Focal loss: the mean of -(1 - p)^gamma log p. */
export function focal({ gamma = 2 }: { gamma?: number } = {}): Loss {
  return (logits: Tensor, labels: Tensor) => {
    const log = tf.logSoftmax(logits).mul(tf.oneHot(labels as never, logits.shape.at(-1)!)).sum(-1);
    return log.mul(log.exp().sub(1).neg().pow(gamma)).mean().neg() as Scalar;
  };
}
`;

const program = `import { losses } from "./lib/losses/mod.ts";
import { buildNetwork } from "./lib/models/mod.ts";
import { lossStyle } from "./lib/reporting/display.ts";
import { tf } from "./lib/tensorflow/mod.ts";
import { Learner } from "./lib/training/mod.ts";
import { parseTrial } from "./lib/trials/mod.ts";

const { loss: { name, options } } = parseTrial({
  kind: "classification",
  scale: "smoke",
  dataset: { name: "mnist" },
  network: { name: "mlp" },
  loss: { name: "focal", options: { gamma: 1.5 } },
  recipe: {
    ...{ epochs: 1, batchSize: 8, augmentation: "none", threads: 1 },
    ...{ optimizer: { name: "adam", learningRate: 0.01 }, schedule: { name: "constant" } },
  },
  seed: 1,
  index: 0,
});
const loss = losses[name]({ classCounts: [4, 4], ...(options && { options }) });
const network = buildNetwork("mlp", { classes: 2, inputShape: [4, 4, 1], seed: 0 });
const learner = new Learner({ network, loss, optimizer: { name: "adam", learningRate: 0.01 }, seed: 0 });
const labels = tf.tensor1d([0, 1, 0, 1], "int32");
const images = labels.cast("float32").reshape([4, 1, 1, 1]).tile([1, 4, 4, 1]);
const values: number[] = [];
for (let i = 0; i < 20; i++) values.push(learner.step({ images, labels }, 0.01).dataSync()[0]!);
console.log(JSON.stringify({ label: lossStyle(name).label, first: values[0], last: values.at(-1) }));
`;

Deno.test("a loss is added in the files that README names, and is then trained, planned and drawn", async () => {
  await using copy = await Copy.make("tests/losses");
  await copy.write("lib/losses/focal.ts", focal);
  await copy.insert("lib/losses/names.ts", "] as const", ', "focal"');
  const catalogue = "lib/losses/catalogue.ts";
  await copy.insert(catalogue, "\n/** What a loss of the", 'import { focal } from "./focal.ts";\n');
  await copy.insert(
    catalogue,
    "};\n\nfunction total",
    '  focal: entry({ gamma: "number" }, focal),\n',
  );
  await copy.insert(
    "lib/reporting/display.ts",
    "];\n\n/** The neutral",
    '  { name: "focal", label: "Focal", color: "#999999" },\n',
  );
  const touched = [...new Set(copy.changed)].map((file) => file.replace(/[^/]*focal\.ts$/, ""));
  assertEquals(touched.sort(), placesFor("a loss").sort());

  await Deno.writeTextFile(`${copy.folder}/program.ts`, program);
  await copy.deno("check", "-q", "program.ts");
  const told = JSON.parse(await copy.deno("run", "-A", "-q", "program.ts"));
  assertEquals(told.label, "Focal");
  assert(told.last < told.first / 2, `${told.first} to ${told.last}`);
  const battery = await copy.deno(
    ...["test", "-A", "-q", "--no-check", "--filter", "focal: the gradient is the slope"],
    "tests/losses/battery_test.ts",
  );
  assert(battery.includes("1 passed"), battery);
});
