/** Stopping, killing and resuming a training: the numbers are those of an uninterrupted one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { loadWeights, saveWeights, train } from "../../lib/training/mod.ts";
import {
  smallImages,
  smallNetwork,
  smallRecipe,
  smallTraining,
  valuesOf,
} from "./small_training.ts";
import { withFolder } from "../with_folder.ts";

const child = new URL("training_child.ts", import.meta.url).pathname;
const encoder = new TextEncoder();

/** The weights and losses of the small training that nothing interrupts. */
async function uninterrupted(network = smallNetwork()) {
  const { epochs } = await train(smallTraining(network));
  const values = await valuesOf(network);
  network.dispose();
  return { losses: epochs.map(({ loss }) => loss), values };
}

/** Gives a test the name of a checkpoint that is not there yet. */
function withCheckpoint(run: (file: string) => Promise<void>): Promise<void> {
  return withFolder((folder) => run(`${folder}/checkpoint.safetensors`));
}

/** Trains until after `steps` steps a signal stops it; another network then goes on from the file. */
async function stopAndResume(file: string, steps: number) {
  const checkpoint = { file, everySeconds: 1000 };
  const abort = new AbortController();
  const first = smallNetwork();
  const stopped = await train(smallTraining(first, {
    checkpoint,
    signal: abort.signal,
    onStep: (step) => {
      if (step === steps) abort.abort();
    },
  }));
  first.dispose();
  // Other initial values: all must come from the file.
  const second = smallNetwork("lenet", 99);
  const taken: number[] = [];
  const resumed = await train(
    smallTraining(second, { checkpoint, onStep: (step) => taken.push(step) }),
  );
  const values = await valuesOf(second);
  second.dispose();
  return { stopped, resumed, taken, values };
}

Deno.test("train() stopped by a signal after any step goes on with the numbers of an uninterrupted run", async () => {
  const whole = await uninterrupted();
  for (const steps of [1, 62, 63, 100, 126]) {
    await withCheckpoint(async (file) => {
      const { stopped, resumed, taken, values } = await stopAndResume(file, steps);
      assertEquals(stopped.finished, steps === 126, `after step ${steps}`);
      assertEquals(stopped.epochs.length, Math.floor(steps / 63));
      assertEquals(taken[0], steps === 126 ? undefined : steps + 1);
      assert(resumed.finished);
      assertEquals(resumed.epochs.map(({ loss }) => loss), whole.losses, `after step ${steps}`);
      assertEquals(values, whole.values, `after step ${steps}`);
    });
  }
});

Deno.test("train() goes on with momentum's and SGD's memory as well", async () => {
  const recipe = {
    optimizer: { name: "sgd", learningRate: 0.01, momentum: 0.9, nesterov: true },
    schedule: { name: "exponential_warmup", epochs: 1 },
  } as const;
  const run = async (stopAfter: number[], file: string) => {
    const network = smallNetwork("mlp");
    for (const steps of [...stopAfter, Infinity]) {
      const abort = new AbortController();
      await train(smallTraining(network, {
        recipe,
        checkpoint: { file, everySeconds: 1000 },
        signal: abort.signal,
        onStep: (step) => step >= steps && abort.abort(),
      }));
    }
    const values = await valuesOf(network);
    network.dispose();
    return values;
  };
  await withFolder(async (folder) => {
    const file = `${folder}/checkpoint.safetensors`;
    assertEquals(await run([10, 11, 80], file), await run([], `${folder}/other.safetensors`));
  });
});

Deno.test("train() notices a signal from a timer, also where epochs are a single step", async () => {
  for (const count of [8, 500]) {
    const network = smallNetwork("mlp");
    const { finished, epochs } = await train(smallTraining(network, {
      images: smallImages(count),
      recipe: { epochs: 100_000 },
      signal: AbortSignal.timeout(300),
    }));
    assert(!finished);
    assert(epochs.length < 100_000);
    network.dispose();
  }
});

Deno.test("train() killed at any moment goes on with the numbers of an uninterrupted run", async () => {
  const environment = { HEM_THREADS: "1" };
  const start = (folder: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", child, folder],
      env: environment,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  const finish = async (folder: string) => {
    const { code } = await start(folder).output();
    assertEquals(code, 0);
    return await Deno.readFile(`${folder}/weights.safetensors`);
  };
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/whole`);
    const whole = await finish(`${folder}/whole`);
    // Once between two checkpoints of the first epoch (written after 50 steps), once in the second epoch.
    await Deno.mkdir(`${folder}/killed`);
    for (const step of [58, 90]) {
      const process = start(`${folder}/killed`);
      await readUntil(process.stdout, step);
      process.kill("SIGKILL");
      assertEquals((await process.status).signal, "SIGKILL");
    }
    assertEquals(await finish(`${folder}/killed`), whole);
    const left = [...Deno.readDirSync(`${folder}/killed`)].map(({ name }) => name).sort();
    assertEquals(left.filter((name) => !name.endsWith(".tmp")), [
      "checkpoint.safetensors",
      "weights.safetensors",
    ]);
  });
});

Deno.test("train() takes no further step once it is finished", async () => {
  await withCheckpoint(async (file) => {
    const checkpoint = { file, everySeconds: 1000 };
    const network = smallNetwork("mlp");
    const first = await train(smallTraining(network, { checkpoint }));
    const values = await valuesOf(network);
    const again = await train(smallTraining(network, {
      checkpoint,
      onStep: () => {
        throw new Error("took a step");
      },
    }));
    assertEquals(again, first);
    assertEquals(await valuesOf(network), values);
    network.dispose();
  });
});

Deno.test("train() refuses the checkpoint of another training, and changes nothing", async () => {
  await withCheckpoint(async (file) => {
    const checkpoint = { file, everySeconds: 1000, identity: "mlp with hem" };
    const network = smallNetwork("mlp");
    const images = smallImages(20);
    const recipe = { epochs: 1 };
    await train(smallTraining(network, { images, recipe, checkpoint }));
    const values = await valuesOf(network);
    const others: Parameters<typeof smallTraining>[1][] = [
      { images, recipe: { ...recipe, epochs: 2 }, checkpoint },
      { images, recipe: { ...recipe, batchSize: 4 }, checkpoint },
      { images, recipe, checkpoint, seed: 6 },
      { images: smallImages(21), recipe, checkpoint },
      { images: { ...images, name: "other" }, recipe, checkpoint },
      { images, recipe, checkpoint: { ...checkpoint, identity: "mlp with ce" } },
    ];
    for (const other of others) {
      const message = `Cannot resume from ${file}: it is of another training`;
      await assertRejects(() => train(smallTraining(network, other)), TypeError, message);
    }
    const lenet = smallNetwork("lenet");
    const training = smallTraining(lenet, { images, recipe, checkpoint });
    await assertRejects(() => train(training), TypeError, `Cannot resume from ${file}: it has no`);
    assertEquals(await valuesOf(network), values);
    network.dispose();
    lenet.dispose();
  });
});

Deno.test("train() names a damaged checkpoint, and uses no part of it", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/checkpoint.safetensors`;
    const checkpoint = { file, everySeconds: 1000 };
    const network = smallNetwork("mlp");
    const training = smallTraining(network, {
      images: smallImages(20),
      recipe: { epochs: 1 },
      checkpoint,
    });
    await train(training);
    const good = await Deno.readFile(file);
    await saveWeights(network, `${folder}/weights.safetensors`);
    const values = await valuesOf(network);
    const damaged = {
      empty: new Uint8Array(),
      "cut in the prefix": good.slice(0, 5),
      "cut in the header": good.slice(0, 100),
      "cut in the data": good.slice(0, good.length - 1),
      text: encoder.encode("this was a checkpoint once"),
      "a file of weights": await Deno.readFile(`${folder}/weights.safetensors`),
      "a broken standing": replaced(good, '\\"step\\":3', '\\"step\\":x'),
      "a negative step": replaced(good, '\\"step\\":3', '\\"step\\":-'),
    };
    for (const [what, bytes] of Object.entries(damaged)) {
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(() => train(training), TypeError);
      assert(error.message.startsWith(`Cannot resume from ${file}: `), `${what}: ${error.message}`);
      assert(error.message.endsWith("move it away to start anew"), what);
      assertEquals(await valuesOf(network), values, what);
      assertEquals(await Deno.readFile(file), bytes, what);
    }
    network.dispose();
  });
});

Deno.test("train() resumed in mid-epoch has the standing that was written", async () => {
  await withCheckpoint(async (file) => {
    const abort = new AbortController();
    const network = smallNetwork("mlp");
    await train(smallTraining(network, {
      checkpoint: { file, everySeconds: 1000 },
      signal: abort.signal,
      onStep: (step) => step === 70 && abort.abort(),
    }));
    const { metadata, tensors } = decodeSafetensors(await Deno.readFile(file));
    const { step, epochs } = JSON.parse(metadata["standing"]!);
    assertEquals([step, epochs.length], [70, 1]);
    assertEquals(tensors.size, 3 * network.parameters().size);
    assertEquals(JSON.parse(metadata["identity"]!).recipe, smallRecipe);
    // The weights in it are those of the network.
    for (const [name, parameter] of network.parameters()) {
      assertEquals(tensors.get(name)!.data, await parameter.readPyTorch());
    }
    await assertRejects(() => loadWeights(network, file), TypeError, "optimizer.");
    network.dispose();
  });
});

/** Reads lines until the number `step` was printed. */
async function readUntil(stdout: ReadableStream<Uint8Array>, step: number) {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.split("\n").includes(String(step))) return;
  }
  throw new Error(`The child ended before step ${step}: ${text}`);
}

/** The bytes with one text in the header replaced by another of its length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.indexOf(from);
  assert(at > 0);
  const copy = bytes.slice();
  copy.set(encoder.encode(to), at);
  return copy;
}
