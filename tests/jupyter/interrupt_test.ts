import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ensureJupyter } from "../../lib/jupyter/mod.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../notebooks", import.meta.url));

interface Cell {
  readonly name: string;
  readonly code: string;
  /** Presses the stop button after so many seconds. */
  readonly stop?: number;
}

interface Answer {
  readonly over: boolean;
  /** From the button to the end. */
  readonly seconds: number | null;
  readonly text: string;
}

/** Runs cells one after the other in one kernel. */
async function runCells(cells: readonly Cell[]): Promise<Record<string, Answer>> {
  const { python, env } = await ensureJupyter();
  const { stdout, stderr } = await new Deno.Command(python, {
    args: [
      fileURLToPath(new URL("./interrupt.py", import.meta.url)),
      NOTEBOOKS,
      JSON.stringify(cells),
    ],
    env: { ...env },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text, new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

/** After every stopped cell: the kernel lives, with its variables. */
function withAliveCells(cells: readonly Cell[], code: string): Cell[] {
  return cells.flatMap((cell) => [cell, { name: `after ${cell.name}`, code }]);
}

Deno.test("the kernel outlives a stopped cell, with its variables, whatever the cell does", async () => {
  const stops: Cell[] = [
    { name: "a loop", stop: 0.3, code: "while (true) {}" },
    {
      name: "a synchronous wait",
      stop: 0.3,
      code: "for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);",
    },
    { name: "an await", stop: 0.3, code: "await new Promise((r) => setTimeout(r, 4000));" },
  ];
  const answers = await runCells([
    { name: "start", code: "globalThis.kept = 41;" },
    ...withAliveCells(stops, "console.log(kept + 1);"),
    { name: "idle", code: "1;", stop: 0 },
  ]);
  for (const { name } of stops) {
    assert(answers[name]!.over, name);
    assertEquals(answers[`after ${name}`]!.text, "42\n", name);
  }
  assert(answers["a loop"]!.seconds! < 2);
  assert(answers["a synchronous wait"]!.seconds! < 2);
  // It cannot be ended: it says so, and what follows runs.
  assertStringIncludes(answers["an await"]!.text, "restart the kernel");
});

const PREPARE = `
import { tf } from "../lib/tensorflow/mod.ts";
import { autoAttack } from "../lib/attacks/mod.ts";
import { download } from "../lib/datasets/mod.ts";
import { buildNetwork } from "../lib/models/mod.ts";
import { runWatched } from "../lib/reproduction/watched.ts";
import { Learner } from "../lib/training/mod.ts";
const small = buildNetwork("lenet", { classes: 10, inputShape: [28, 28, 1], seed: 0 });
const endless = () => { while (true); };
const learner = new Learner({ network: small, loss: endless, optimizer: { name: "sgd", learningRate: 1 }, seed: 0 });
const variable = tf.variable(tf.ones([20, 20]));
const optimizer = tf.train.sgd(0.1);
const step = () => optimizer.minimize(() => variable.matMul(variable).square().mean(), true);
const folder = Deno.makeTempDirSync();
const silent = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Promise(() => {}));
`;

const STOPPED: Cell[] = [
  { name: "a training", code: "for (;;) step().dispose();" },
  {
    name: "a training that reads its loss",
    code: "for (;;) { const loss = step(); await loss.data(); loss.dispose(); }",
  },
  {
    name: "two loops at once, whose awaiting leaves no turn to others",
    code: "const loop = async () => { for (;;) { const loss = step(); await loss.data(); " +
      "loss.dispose(); } }; await Promise.all([loop(), loop()]);",
  },
  {
    name: "fit",
    code:
      `const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [9] })] });
      model.compile({ loss: "meanSquaredError", optimizer: "sgd" });
      await model.fit(tf.ones([999, 9]), tf.ones([999, 1]), { epochs: 9999, verbose: 0 });`,
  },
  {
    name: "autoAttack",
    code: `const network = buildNetwork("lenet", { classes: 10, inputShape: [28, 28, 1], seed: 0 });
      const images = tf.randomUniform([50, 28, 28, 1]);
      const labels = network.forward(images, { training: false }).argMax(1).dataSync();
      await autoAttack(network, images, labels, { norm: "linf", epsilon: 1e-3, seed: 1 });`,
  },
  {
    name: "a download",
    code: "await download({ name: 'a', bytes: 9, sha256: '0'.repeat(64), " +
      "urls: [`http://127.0.0.1:${silent.addr.port}/a`] }, folder);",
  },
  {
    name: "trials",
    code: "runWatched(new URL('../tests/reproduction/fake_watched.ts', `file://${Deno.cwd()}/`), " +
      "['goes on', `${folder}/note`]);",
  },
  // A process begins before it can be half done, on a busy machine in seconds.
].map((cell) => ({ ...cell, stop: cell.name === "trials" ? 5 : 1 }));

const FORCED: Cell[] = [
  {
    name: "a loop that catches every error",
    code: "for (;;) { try { step().dispose(); } catch { /* and on it goes */ } }",
  },
  {
    name: "a step that is captured",
    code: "learner.step({ images: tf.zeros([4, 28, 28, 1]), labels: tf.zeros([4], 'int32') }, 1);",
  },
  {
    name: "a gradient",
    code: "tf.grad((x) => tf.customGrad(() => { while (true); })(x))(tf.scalar(1));",
  },
  {
    name: "an operation",
    code:
      "tf.tidy(() => tf.engine().runKernelFunc({ inputs: {}, forwardFunc: () => { while (true); } }));",
  },
].map((cell) => ({ ...cell, stop: 0.3 }));

const GRADIENT =
  "tf.tidy(() => small.forward(tf.zeros([1, 28, 28, 1]), { training: false }).dataSync()); " +
  "console.log(tf.grad((x) => x.square())(tf.scalar(3)).dataSync()[0], " +
  "tf.engine().state.kernelDepth, tf.engine().state.scopeStack.length);";

Deno.test("long calls end with a word when they are stopped, and gradients can be taken after", async () => {
  // Set up first: a cell that compiles would take longer than any here may.
  await import("../../lib/tensorflow/mod.ts");
  const answers = await runCells([
    { name: "prepare", code: PREPARE },
    ...withAliveCells([...STOPPED, ...FORCED], GRADIENT),
    {
      name: "the trials' end",
      code:
        "for (let i = 0; i < 80; i++) { try { Deno.statSync(`${folder}/note`); break; } catch { " +
        "await new Promise((r) => setTimeout(r, 100)); } } " +
        "console.log(Deno.readTextFileSync(`${folder}/note`)); Deno.removeSync(folder, { recursive: true });",
    },
  ]);
  assertEquals(answers.prepare, { over: true, seconds: null, text: "" });
  for (const { name } of STOPPED) {
    const { over, seconds, text } = answers[name]!;
    assert(over && seconds! < 2, `${name}: ${seconds} s`);
    assertStringIncludes(text, "StoppedError: Stopped by the stop button", name);
  }
  assertMatch(answers.trials!.text, /Work: 50%.*stopped: the trials/);
  for (const { name } of [...STOPPED, ...FORCED]) {
    assertEquals(answers[`after ${name}`]!.text, "6 0 0\n", name);
  }
  assertEquals(answers["the trials' end"]!.text, "stopped\n");
});
