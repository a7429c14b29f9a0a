/** Runs of strategies: that they go on with the same numbers, and that memory stays flat. */
import type { Rank } from "@tensorflow/tfjs-node-gpu";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ContinualResults,
  ElasticWeightConsolidation,
  type EwcOptions,
  followTrace,
  learnExperiences,
  Naive,
  taskIncremental,
} from "../../lib/continual/mod.ts";
import { UnusableFileError } from "../../lib/files/mod.ts";
import { crossEntropy, type Loss } from "../../lib/losses/mod.ts";
import { buildNetwork, MultiHead } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { DivergenceError, Learner } from "../../lib/training/mod.ts";
import { runSmall, smallDataset, smallRuns } from "./small_benchmark.ts";

const runs = smallRuns();

for (const [name, run] of Object.entries(runs)) {
  Deno.test(`learnExperiences() resumes ${name} with the numbers of an uninterrupted run`, async () => {
    const tensors = tf.memory().numTensors;
    let total = 0;
    const whole = await runSmall(run, { onStep: (step) => total = step });
    const folder = await Deno.makeTempDir();
    // Within the first experience, at its end, and within the second one; stopped, or dead without a word.
    const stops = [3, Math.floor(total / 2), Math.floor(total / 2) + 2, total - 1];
    for (const [i, stop] of (name === "joint" ? [3, total - 1] : stops).entries()) {
      const controller = new AbortController();
      const end = () => {
        if (i % 2 === 0) return controller.abort();
        throw new Error("dead");
      };
      const half = runSmall(run, {
        folder,
        signal: controller.signal,
        onStep: (step) => step >= stop && end(),
      });
      if (i % 2 === 0) assertEquals((await half).results, undefined);
      else await assertRejects(() => half, Error, "dead");
      // Stopped again before it has taken a step.
      const atOnce = await runSmall(run, { folder, signal: AbortSignal.abort() });
      assertEquals(atOnce.results, undefined);
    }
    const resumed = await runSmall(run, { folder });
    assertEquals(resumed.weights, whole.weights);
    assertEquals(timeless(resumed.results!), timeless(whole.results!));
    assertEquals(tf.memory().numTensors, tensors);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a stop is heard in the Fisher pass, and the run goes on with the numbers of one that was not stopped", async () => {
  const tensors = tf.memory().numTensors;
  const run = runs.ewc!;
  const whole = await runSmall(run);
  const folder = await Deno.makeTempDir();
  const controller = new AbortController();
  const entropy = crossEntropy();
  // The first experience has two epochs of eight steps.
  let [isLearnt, passed] = [false, 0];
  const loss: Loss = (logits, labels) => {
    if (isLearnt && passed++ === 0) {
      setTimeout(() => controller.abort());
      // Long enough for a turn of the event loop to be due.
      for (const start = performance.now(); performance.now() < start + 100;);
    }
    return entropy(logits, labels);
  };
  const half = await runSmall({ ...run, loss }, {
    folder,
    signal: controller.signal,
    onStep: (step) => isLearnt = step >= 16,
  });
  assertEquals({ results: half.results, passed }, { results: undefined, passed: 1 });
  const resumed = await runSmall(run, { folder });
  assertEquals(resumed.weights, whole.weights);
  assertEquals(timeless(resumed.results!), timeless(whole.results!));
  assertEquals(tf.memory().numTensors, tensors);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a stop is heard in the tests, and the run goes on with the numbers of one that was not stopped", async () => {
  const tensors = tf.memory().numTensors;
  const run = runs.si!;
  const whole = await runSmall(run);
  const { test } = run.scenario;
  const folder = await Deno.makeTempDir();
  // Two experiences are tested before any training, after the first one, and after the second one.
  for (const stop of [1, 3, 5]) {
    const controller = new AbortController();
    let reads = 0;
    const images: typeof test.images = {
      ...test.images,
      read(indices) {
        if (++reads >= stop) controller.abort();
        return test.images.read(indices);
      },
    };
    const scenario = { ...run.scenario, test: { ...test, images } };
    const half = await runSmall({ ...run, scenario }, { folder, signal: controller.signal });
    assertEquals({ results: half.results, reads }, { results: undefined, reads: stop });
  }
  const resumed = await runSmall(run, { folder });
  assertEquals(resumed.weights, whole.weights);
  assertEquals(timeless(resumed.results!), timeless(whole.results!));
  assertEquals(tf.memory().numTensors, tensors);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a run that is killed goes on with the numbers of one that is not", async () => {
  const script = fileURLToPath(new URL("small_benchmark.ts", import.meta.url));
  const folder = await Deno.makeTempDir();
  const start = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, "replay", folder],
      stdout: "piped",
      stderr: "null",
    }).spawn();
  const child = start();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    // In the second experience, with a memory of the first.
    if (/^step 9$/m.test(said)) break;
  }
  child.kill("SIGKILL");
  await child.status;
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert(files.some((file) => file.endsWith(".safetensors")), `it left ${files}`);
  const { stdout } = await start().output();
  const { results, weights } = JSON.parse(
    new TextDecoder().decode(stdout).trim().split("\n").at(-1)!,
  );
  const whole = await runSmall(runs.replay!);
  assertEquals(weights, whole.weights.map((values) => [...values]));
  assertEquals(timeless(results), timeless(whole.results!));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("learnExperiences() refuses the checkpoints of another training", async () => {
  const folder = await Deno.makeTempDir();
  const controller = new AbortController();
  const { signal } = controller;
  // Within the first experience there is a checkpoint alone.
  await runSmall(runs.naive!, { folder, signal, onStep: () => controller.abort() });
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["experience_1.safetensors"]);
  await assertRejects(
    () => runSmall(runs.naive!, { folder, identity: "another" }),
    UnusableFileError,
    "it is of another training (naive, experience 1), wanted another, experience 1",
  );
  await runSmall(runs.naive!, { folder });
  const file = join(folder, "experiences.json");
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace('"identity":"naive"', '"identity":"another"'));
  await assertRejects(
    () => runSmall(runs.naive!, { folder }),
    UnusableFileError,
    "it is of another training (another), wanted naive",
  );
  await Deno.writeTextFile(file, "{");
  await assertRejects(() => runSmall(runs.naive!, { folder }), TypeError, "experiences.json");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("learnExperiences() refuses a network without the scenario's heads before anything is learnt", async () => {
  const { scenario } = runs.joint!;
  const { heads: _, ...headless } = scenario;
  let steps = 0;
  const changed = [{ ...headless, name: "class_incremental" }, {
    ...scenario,
    heads: { ...scenario.heads!, mode: "avalanche" },
  }] as (typeof scenario)[];
  for (const other of changed) {
    await assertRejects(
      () =>
        runSmall({ ...runs.joint!, builtFor: scenario, scenario: other }, {
          onStep: () => steps++,
        }),
      RangeError,
      "The network has heads for",
    );
  }
  assertEquals(steps, 0);
});

Deno.test("a head of one class is refused before anything is learnt", async () => {
  const options = { experiences: 2, seed: 0, classesEach: [3, 1] };
  let steps = 0;
  const watch = { onStep: () => steps++ };
  const run = { ...runs.joint!, scenario: taskIncremental(smallDataset(), options) };
  await assertRejects(() => runSmall(run, watch), RangeError, "experience 2 of task_incremental");
  assertEquals(steps, 0);
  const avalanche = taskIncremental(smallDataset(), { ...options, headMode: "avalanche" });
  assertEquals((await runSmall({ ...run, scenario: avalanche }, watch)).results!.correct.length, 1);
});

Deno.test("avalanche-lib's heads have two columns where the first experience is class 0 alone", async () => {
  const order = { experiences: 2, seed: 0, classesEach: [1, 3], classOrder: [0, 1, 2, 3] };
  const scenario = taskIncremental(smallDataset(), { ...order, headMode: "avalanche" });
  const { results } = await runSmall({ ...runs.si!, scenario });
  assertEquals(results!.correct.length, 2);
});

Deno.test("avalanche-lib's heads grow with each test after the first experience, and have all columns from the second on", async () => {
  const options = { experiences: 3, seed: 0, classOrder: [1, 0, 3, 2, 4, 5] };
  const scenario = taskIncremental(smallDataset({ classes: 6 }), {
    ...options,
    headMode: "avalanche",
  });
  const tests = await widthsOfTests(() => runSmall({ ...runs.si!, scenario }));
  // Before any training, and after the first experience.
  assertEquals(tests.slice(0, 6), [6, 6, 6, 2, 4, 6]);
  assertEquals(new Set(tests.slice(6)), new Set([6]));
});

/** The columns of the heads' outputs in all tests, in turn. */
async function widthsOfTests(run: () => Promise<unknown>): Promise<number[]> {
  const found: { task: number; width: number }[] = [];
  const { forward } = MultiHead.prototype;
  MultiHead.prototype.forward = function (x, options) {
    if (!options.training) found.push({ task: options.task!, width: this.width });
    return forward.call(this, x, options);
  };
  try {
    await run();
  } finally {
    MultiHead.prototype.forward = forward;
  }
  // A test runs the network a few times.
  return found.filter(({ task }, i) => task !== found[i - 1]?.task).map(({ width }) => width);
}

Deno.test("a training whose importances are no numbers any more has diverged", async () => {
  const { measures } = ElasticWeightConsolidation.prototype;
  ElasticWeightConsolidation.prototype.measures = () => Promise.resolve({ importance: Infinity });
  try {
    const { loss, step, message, epochs } = await assertRejects(
      () => runSmall(runs.ewc!),
      DivergenceError,
      "its outputs are no longer finite; there is no checkpoint",
    );
    // The first experience has two epochs of eight steps, whose losses are numbers.
    assertEquals({ step, loss }, { step: 15, loss: epochs[1]!.loss });
    assert(Number.isFinite(loss), message);
    const folder = await Deno.makeTempDir();
    const { checkpoint } = await assertRejects(
      () => runSmall(runs.ewc!, { folder }),
      DivergenceError,
    );
    assertEquals(checkpoint, join(folder, "experience_1.safetensors"));
    await Deno.remove(folder, { recursive: true });
  } finally {
    ElasticWeightConsolidation.prototype.measures = measures;
  }
});

Deno.test("a learner without the strategy's hooks is refused, which would learn as the naive one", async () => {
  const { scenario, options } = runs.ewc!;
  const network = buildNetwork("cl_mlp_2x1", { classes: 4, inputShape: [4, 4, 1], seed: 0 });
  const about = { network, loss: crossEntropy(), batchSize: 4 };
  const strategy = new ElasticWeightConsolidation(about, options as unknown as EwcOptions);
  const learner = new Learner({ ...about, optimizer: { name: "sgd", learningRate: 1 }, seed: 0 });
  const trace = { strategy, learner, experiences: [], learningRate: 1 };
  await assertRejects(() => followTrace(trace), TypeError, "hooks: strategy");
  const order = { epochs: 1, batchSize: 4, dropLast: false, heldOut: 0, seed: 0 } as const;
  const rest = {
    order: { ...order, augmentation: "none" as const },
    normalisation: { mean: [0], std: [1] },
    learningRate: () => 1,
  };
  assertThrows(
    () => learnExperiences({ scenario, learner, strategy, ...rest }),
    TypeError,
    "hooks",
  );
  strategy.dispose();
  learner.dispose();
  network.dispose();
});

Deno.test("followTrace() refuses a batch of a task without a head before anything is learnt", async () => {
  const heads = { tasks: [[0, 1], [2]], mode: "clean" as const };
  const network = buildNetwork("cl_mlp_2x1", {
    ...{ classes: 3, inputShape: [1, 1, 1], seed: 0, heads } as const,
  });
  const strategy = new Naive();
  const learner = new Learner({
    ...{ network, loss: crossEntropy(), seed: 0, hooks: strategy },
    optimizer: { name: "sgd", learningRate: 1 },
  });
  const [images, labels] = [tf.ones<Rank.R4>([1, 1, 1, 1]), tf.zeros<Rank.R1>([1], "int32")];
  for (const task of [undefined, -1, 2, 0.5, NaN]) {
    const batches = [{ images, labels, task: 0 }, {
      images,
      labels,
      ...(task !== undefined && { task }),
    }];
    const trace = { strategy, learner, experiences: [{ batches }], learningRate: 1 };
    await assertRejects(() => followTrace(trace), RangeError, `batch of task ${task}`);
  }
  const one = [{ images, labels, task: 0 }];
  for (const empty of [{ batches: [] }, { batches: one, once: [] }]) {
    const trace = { strategy, learner, experiences: [{ batches: one }, empty], learningRate: 1 };
    await assertRejects(() => followTrace(trace), RangeError, "experience 2: it has no batches");
  }
  assertEquals(learner.steps, 0);
  tf.dispose([images, labels]);
  learner.dispose();
  network.dispose();
});

Deno.test("followTrace() gives avalanche-lib's heads the columns of the tasks seen so far, unless it is told others", async () => {
  const heads = { tasks: [[0, 1], [2], [3]], mode: "avalanche" as const };
  const [images, labels] = [tf.ones<Rank.R4>([1, 1, 1, 1]), tf.zeros<Rank.R1>([1], "int32")];
  const firstLoss = async (width?: number) => {
    const network = buildNetwork("cl_mlp_2x1", {
      ...{ classes: 4, inputShape: [1, 1, 1], seed: 0, heads } as const,
    });
    const strategy = new Naive();
    const learner = new Learner({
      ...{ network, loss: crossEntropy(), seed: 0, hooks: strategy },
      optimizer: { name: "sgd", learningRate: 1 },
    });
    const experiences = [{
      batches: [{ images, labels, task: 0 }],
      ...(width !== undefined && { width }),
    }];
    const { steps } = await followTrace({ strategy, learner, experiences, learningRate: 1 });
    learner.dispose();
    network.dispose();
    return steps[0]!.loss;
  };
  assertEquals(await firstLoss(), await firstLoss(2));
  // Columns of zeros beside the two logits make the loss larger.
  assert(await firstLoss(4) > await firstLoss(2) + 0.1);
  tf.dispose([images, labels]);
});

Deno.test("Replay remembers earlier experiences, and the naive strategy forgets them", async () => {
  const { scenario, options } = runs.replay_offline!;
  const common = {
    scenario,
    batchSize: 4,
    epochs: 10,
    optimizer: { name: "adam", learningRate: 0.02 } as const,
  };
  const naive = await runSmall({ ...common, strategy: "naive", options: {} });
  const replay = await runSmall({ ...common, strategy: "replay", options });
  const first = ({ results }: { results: ContinualResults | undefined }) =>
    results!.correct[1]![0]!;
  assert(first(replay) > first(naive) + 3, `${first(replay)} against ${first(naive)} of 10`);
});

/** Results without what depends on the clock. */
function timeless({ epochs, ...results }: ContinualResults) {
  return { ...results, losses: epochs.map((each) => each.map(({ loss }) => loss)) };
}
