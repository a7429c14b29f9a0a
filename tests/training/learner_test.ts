/** What continual learning and segmentation are built on: penalties, heads per task, label maps, hooks with a memory. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  Convolution,
  Initialiser,
  Linear,
  sameLayout,
  StoredVariable,
} from "../../lib/layers/mod.ts";
import { crossEntropy, losses } from "../../lib/losses/mod.ts";
import { Network, type RunOptions } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { type Batch, type Hooks, Learner, runEpochs } from "../../lib/training/mod.ts";
import { smallNetwork, valuesOf } from "./small_training.ts";

/** Uniform images, and labels below `classes`. */
function batchOf(seed: number, { classes = 3, task }: { classes?: number; task?: number } = {}) {
  const random = generator(seed, "batch");
  const pixels = new Float32Array(6 * 16 * 16);
  random.fillUniform(pixels);
  const batch: Batch = {
    images: tf.tensor4d(pixels, [6, 16, 16, 1]),
    labels: tf.tensor1d(Int32Array.from({ length: 6 }, () => random.integer(classes)), "int32"),
    ...(task !== undefined && { task }),
  };
  return batch;
}

function free({ images, labels }: Batch) {
  tf.dispose([images, labels]);
}

const sgd = { name: "sgd", learningRate: 0.1 } as const;

Deno.test("Learner.step() minimises loss and penalty: their gradients add up", async () => {
  // The gradient of k |w|^2 is 2 k w, so that the step with the penalty ends 0.1 * 2 k w from that without.
  const k = 0.03;
  const batch = batchOf(1);
  const penalty: Hooks["penalty"] = ({ network }) =>
    [...network.trainedParameters().values()]
      .map((parameter) => parameter.value.square().sum().mul(k))
      .reduce((a, b) => a.add(b));
  const after = async (hooks: Hooks) => {
    const network = smallNetwork("mlp");
    const learner = new Learner({ network, loss: crossEntropy(), optimizer: sgd, seed: 0, hooks });
    const value = learner.step(batch, 0.1);
    const result = { loss: (await value.data())[0]!, values: await valuesOf(network) };
    value.dispose();
    learner.dispose();
    network.dispose();
    return result;
  };
  const initial = smallNetwork("mlp");
  const before = await valuesOf(initial);
  initial.dispose();
  const [plain, penalised] = [await after({}), await after({ penalty })];
  let squares = 0;
  for (const [name, values] of Object.entries(before)) {
    values.forEach((w, i) => {
      const wanted = plain.values[name]![i]! - 0.1 * 2 * k * w;
      assertAlmostEquals(penalised.values[name]![i]!, wanted, 1e-7);
      squares += w * w;
    });
  }
  assertAlmostEquals(penalised.loss, plain.loss + k * squares, 1e-5);
  free(batch);
});

Deno.test("Learner.step() minimises a hook's objective instead of the loss", async () => {
  const batch = batchOf(1);
  const network = smallNetwork("mlp");
  const hooks: Hooks = { objective: ({ outputs }) => outputs.logits.mul(0).sum().add(7) };
  const learner = new Learner({ network, loss: crossEntropy(), optimizer: sgd, seed: 0, hooks });
  const before = await valuesOf(network);
  const value = learner.step(batch, 0.1);
  assertEquals((await value.data())[0], 7);
  assertEquals(await valuesOf(network), before);
  value.dispose();
  free(batch);
  learner.dispose();
  network.dispose();
});

/** One hidden layer and a head of two classes per task. */
class TwoHeads extends Network {
  readonly #hidden: Linear;
  readonly #heads: readonly Linear[];

  constructor() {
    super();
    const initialiser = new Initialiser(0);
    const part = (name: string, into: number, out: number, activation: "relu" | "none") =>
      this.child(name, new Linear(into, out, { activation, initialiser: initialiser.for(name) }));
    this.#hidden = part("hidden", 256, 5, "relu");
    this.#heads = [0, 1].map((task) => part(`heads.${task}`, 5, 2, "none"));
  }

  override features(x: Tensor): Tensor {
    return this.#hidden.forward(x.reshape([x.shape[0]!, -1]));
  }

  override head(features: Tensor, { task = 0 }: RunOptions): Tensor {
    return this.#heads[task]!.forward(features);
  }

  override trainedParameters(task?: number) {
    const all = super.trainedParameters();
    if (task === undefined) return all;
    return new Map(
      [...all].filter(([name]) => !name.startsWith("heads.") || name.startsWith(`heads.${task}.`)),
    );
  }
}

Deno.test("Learner.step() moves the head of the batch's task alone, and corrects Adam by each parameter's own updates", async () => {
  const adam = { name: "adam", learningRate: 0.01, weightDecay: 0.1 } as const;
  const network = new TwoHeads();
  const learner = new Learner({ network, loss: crossEntropy(), optimizer: adam, seed: 0 });
  const step = async (task: number) => {
    const before = await valuesOf(network);
    const batch = batchOf(task, { classes: 2, task });
    learner.step(batch, 0.01).dispose();
    free(batch);
    const after = await valuesOf(network);
    const moved = Object.keys(after).filter((name) =>
      after[name]!.some((value, i) => value !== before[name]![i])
    );
    return { before, after, moved };
  };
  const shared = ["hidden.weight", "hidden.bias"];
  for (let i = 0; i < 3; i++) {
    assertEquals((await step(0)).moved, [...shared, "heads.0.weight", "heads.0.bias"]);
  }
  assertEquals(learner.standing, {
    steps: 3,
    updates: { "heads.1.weight": 0, "heads.1.bias": 0 },
  });
  const { before, after, moved } = await step(1);
  assertEquals(moved, [...shared, "heads.1.weight", "heads.1.bias"]);
  // Adam's first update is the rate itself, whatever the gradient; corrected as a fourth one it would be 2.5 times as much.
  for (const name of ["heads.1.weight", "heads.1.bias"]) {
    before[name]!.forEach((value, i) =>
      assertAlmostEquals(Math.abs(after[name]![i]! - value), 0.01, 1e-6)
    );
  }
  assertEquals(learner.standing.updates, {
    "heads.0.weight": 3,
    "heads.0.bias": 3,
    "heads.1.weight": 1,
    "heads.1.bias": 1,
  });
  learner.dispose();
  network.dispose();
});

Deno.test("Learner.step() names a parameter that the objective does not depend on", () => {
  class Forgetful extends TwoHeads {
    override trainedParameters() {
      return super.trainedParameters();
    }
  }
  const network = new Forgetful();
  const learner = new Learner({ network, loss: crossEntropy(), optimizer: sgd, seed: 0 });
  const batch = batchOf(0, { classes: 2, task: 0 });
  const before = tf.memory().numTensors;
  assertThrows(() => learner.step(batch, 0.1), Error, "heads.1.weight has no gradient");
  assert(tf.memory().numTensors - before <= network.parameters().size);
  free(batch);
  learner.dispose();
  network.dispose();
});

/** A convolution to a map of features, and a 1x1 convolution to classes per pixel. */
class PerPixel extends Network {
  readonly #convolution: Convolution;
  readonly #head: Convolution;

  constructor() {
    super();
    const initialiser = new Initialiser(0);
    this.#convolution = this.child(
      "conv",
      new Convolution(1, 4, 3, {
        padding: 1,
        activation: "relu",
        initialiser: initialiser.for("conv"),
      }),
    );
    this.#head = this.child(
      "head",
      new Convolution(4, 3, 1, { initialiser: initialiser.for("h") }),
    );
  }

  override features(x: Tensor): Tensor {
    return this.#convolution.forward(x);
  }

  override head(features: Tensor): Tensor {
    return this.#head.forward(features);
  }
}

for (const name of ["ce", "hem"] as const) {
  Deno.test(`Learner.step() learns label maps with ${name}, whole and in parts; ignored pixels count nowhere`, async () => {
    const random = generator(0, "maps");
    const labels = Int32Array.from({ length: 6 * 16 * 16 }, () => random.integer(3));
    const ignored = labels.map((_, i) => Number(i % 5 === 0));
    const withIgnored = labels.map((label, i) => ignored[i] ? 255 : label);
    const loss = losses[name]({ classCounts: [9, 9, 9], options: { ignoreLabel: 255 } });
    const images = batchOf(0);
    const run = async (labels: Int32Array, microBatch?: number) => {
      const network = new PerPixel();
      const learner = new Learner({
        network,
        loss,
        optimizer: sgd,
        seed: 0,
        ...(microBatch !== undefined && { microBatch }),
      });
      const maps = tf.tensor3d(labels, [6, 16, 16], "int32");
      const value = learner.step({ images: images.images, labels: maps }, 0.1);
      const result = { loss: (await value.data())[0]!, values: await valuesOf(network) };
      tf.dispose([value, maps]);
      learner.dispose();
      network.dispose();
      return result;
    };
    const whole = await run(withIgnored);
    assertNotEquals(whole.loss, (await run(labels)).loss);
    const parts = await run(withIgnored, 4);
    assertAlmostEquals(parts.loss, whole.loss, 1e-6);
    for (const [name, values] of Object.entries(whole.values)) {
      values.forEach((value, i) => assertAlmostEquals(parts.values[name]![i]!, value, 1e-6));
    }
    // By hand: the pixels that count, alone, as samples of a loss that ignores none.
    const byHand = tf.tidy(() => {
      const network = new PerPixel();
      const rows = network.forward(images.images, { training: false }).reshape([-1, 3]);
      network.dispose();
      const counted = [...labels.keys()].filter((i) => !ignored[i]);
      const plain = losses[name]({ classCounts: [9, 9, 9] });
      return plain(
        rows.gather(tf.tensor1d(counted, "int32")),
        tf.tensor1d(counted.map((i) => labels[i]!), "int32"),
      ).dataSync()[0]!;
    });
    assertAlmostEquals(whole.loss, byHand, 1e-6);
    free(images);
  });
}

/**
 * A strategy in small, made to depend on everything that hooks may keep: it remembers how far each parameter went, pulls it
 * back by that, halves the gradients, and freezes the first layer's bias.
 */
class Pull implements Hooks {
  readonly #paths: ReadonlyMap<string, StoredVariable>;
  #before = new Map<string, Tensor>();

  constructor(network: Network) {
    this.#paths = new Map([...network.trainedParameters()].map(([name, { layout }]) => {
      const zeros = new Float32Array(layout.shape.reduce((a, b) => a * b, 1));
      return [name, new StoredVariable(zeros, sameLayout(layout.shape))];
    }));
  }

  variables() {
    return this.#paths;
  }

  frozen() {
    return ["fc1.bias"];
  }

  penalty: NonNullable<Hooks["penalty"]> = ({ network }) =>
    [...network.trainedParameters()].map(([name, parameter]) =>
      parameter.value.mul(this.#paths.get(name)!.value).sum()
    ).reduce((a, b) => a.add(b)) as Scalar;

  beforeUpdate: NonNullable<Hooks["beforeUpdate"]> = (gradients, { network }) => {
    this.#before = new Map(
      [...network.trainedParameters()].map(([name, { value }]) => [name, value.clone()]),
    );
    return new Map([...gradients].map(([name, gradient]) => [name, gradient.mul(0.5)]));
  };

  afterUpdate: NonNullable<Hooks["afterUpdate"]> = (gradients, { network }) => {
    for (const [name, parameter] of network.trainedParameters()) {
      const path = this.#paths.get(name)!;
      const gradient = gradients.get(name);
      if (gradient === undefined) continue;
      path.assign(path.value.add(parameter.value.sub(this.#before.get(name)!).mul(gradient)));
    }
  };

  dispose() {
    for (const path of this.#paths.values()) path.dispose();
  }
}

Deno.test("runEpochs() stopped and resumed has the numbers of an uninterrupted run, hooks' state included", async () => {
  const folder = await Deno.makeTempDir();
  async function* stream(firstStep: number): AsyncGenerator<Batch> {
    for (let step = firstStep; step < 12; step++) yield await Promise.resolve(batchOf(step));
  }
  const run = async (file: string, stopAfter: readonly number[]) => {
    let result: Record<string, Float32Array> = {};
    let frozen = true;
    for (const [part, steps] of [...stopAfter, Infinity].entries()) {
      const abort = new AbortController();
      // Other initial values after the first: all must come from the file.
      const network = smallNetwork("mlp", part);
      const initial = await network.parameters().get("fc1.bias")!.read();
      const hooks = new Pull(network);
      const learner = new Learner({
        network,
        loss: crossEntropy(),
        optimizer: { name: "adam", learningRate: 1e-3 },
        seed: 3,
        hooks,
      });
      const { finished } = await runEpochs({
        learner,
        batches: stream,
        stepsPerEpoch: 6,
        epochs: 2,
        learningRate: (step) => 1e-3 / (1 + step),
        checkpoint: { file, everySeconds: 1000, identity: "small" },
        signal: abort.signal,
        onStep: (step) => step >= steps && abort.abort(),
      });
      assertEquals(finished, steps === Infinity);
      result = {};
      for (const [name, variable] of learner.variables()) result[name] = await variable.read();
      if (part === 0) {
        frozen &&= initial.every((value, i) => value === result["fc1.bias"]![i]);
      }
      assertEquals(learner.standing.updates, { "fc1.bias": 0 });
      learner.dispose();
      hooks.dispose();
      network.dispose();
    }
    assert(frozen);
    return result;
  };
  const before = tf.memory().numTensors;
  const whole = await run(`${folder}/whole.safetensors`, []);
  assert(whole["hooks.fc1.weight"]!.some((value) => value !== 0));
  assertEquals(await run(`${folder}/parts.safetensors`, [2, 3, 7]), whole);
  assertEquals(tf.memory().numTensors, before);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("runEpochs() says when there are fewer batches than steps", async () => {
  const network = smallNetwork("mlp");
  const learner = new Learner({ network, loss: crossEntropy(), optimizer: sgd, seed: 0 });
  const error = await runEpochs({
    learner,
    batches: async function* () {
      yield await Promise.resolve(batchOf(0));
    },
    stepsPerEpoch: 2,
    epochs: 1,
    learningRate: () => 0.1,
  }).catch((error) => error);
  assert(error instanceof RangeError);
  assertEquals(
    error.message,
    "There are 2 steps to take, and after 1 there is no further batch",
  );
  learner.dispose();
  network.dispose();
});

Deno.test("a step whose loss throws frees what it has computed, and counts nowhere", () => {
  for (const captured of [true, false]) {
    const network = smallNetwork("mlp", 1);
    let message: string | undefined = "no loss today";
    const ce = crossEntropy();
    const loss = (...of: Parameters<typeof ce>) => {
      const value = ce(...of);
      if (message !== undefined) throw new Error(message);
      return value;
    };
    const optimizer = { name: "sgd", learningRate: 1e-3 } as const;
    const learner = new Learner({ network, loss, optimizer, seed: 3, captured });
    const { images, labels } = batchOf(0);
    const step = () => learner.step({ images, labels }, 1e-3);
    assertThrows(step, Error, message);
    const before = tf.memory();
    assertThrows(step, Error, message);
    assertThrows(step, Error, message);
    const { numTensors, numBytes } = tf.memory();
    assertEquals([captured, numTensors, numBytes], [captured, before.numTensors, before.numBytes]);
    assertEquals(learner.standing.steps, 0);
    message = undefined;
    step().dispose();
    assertEquals(learner.standing, { steps: 1, updates: {} });
    learner.dispose();
    network.dispose();
    tf.dispose([images, labels]);
  }
});

for (const captured of [true, false]) {
  Deno.test(`Learner.step() names what hooks freeze or leave out wrongly, and moves nothing, ${captured ? "captured" : "op by op"}`, async () => {
    const network = smallNetwork("mlp");
    const before = await valuesOf(network);
    const batch = batchOf(0);
    const tried = (hooks: Hooks) => {
      const loss = crossEntropy();
      const learner = new Learner({ network, loss, optimizer: sgd, seed: 0, hooks, captured });
      try {
        learner.step(batch, 0.1).dispose();
      } finally {
        learner.dispose();
      }
    };
    assertThrows(
      () => tried({ frozen: () => ["fc1.bias", "fc1.wieght"] }),
      RangeError,
      "Cannot freeze fc1.wieght: the network has no parameter of that name",
    );
    const last = [...network.trainedParameters().keys()].at(-1)!;
    assertThrows(
      () => tried({ beforeUpdate: (gradients) => new Map([...gradients].slice(0, -1)) }),
      TypeError,
      `A hook's beforeUpdate left out the gradient of ${last}`,
    );
    assertEquals(await valuesOf(network), before);
    free(batch);
    network.dispose();
  });
}

Deno.test("the hooks around the update get no outputs, which are freed, and leave no tensor over", () => {
  const network = smallNetwork("mlp");
  const batch = batchOf(0);
  for (const captured of [true, false]) {
    for (const parts of [{}, { microBatch: 4 }]) {
      const seen = new Set<string>();
      const hooks: Hooks = {
        beforeUpdate: (gradients, context) => {
          for (const key of Object.keys(context)) seen.add(key);
          return gradients;
        },
        afterUpdate: (_gradients, context) => {
          for (const key of Object.keys(context)) seen.add(key);
          assert(!context.images.isDisposed && !context.labels.isDisposed);
        },
      };
      const options = { network, loss: crossEntropy(), optimizer: sgd, seed: 0, hooks };
      const learner = new Learner({ ...options, captured, ...parts });
      const counts = [0, 1, 2].map(() => {
        learner.step(batch, 0.1).dispose();
        return tf.memory().numTensors;
      });
      assertEquals([...seen], ["network", "loss", "images", "labels", "task"]);
      assertEquals(counts, counts.map(() => counts[0]!));
      learner.dispose();
    }
  }
  free(batch);
  network.dispose();
});
