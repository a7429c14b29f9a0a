/** A checkpoint that is not as it was written is found out. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/mod.ts";
import { filterLayout, Module, sameLayout, StoredVariable } from "../../lib/layers/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { readCheckpoint, writeCheckpoint } from "../../lib/training/checkpoint.ts";
import { buildOptimizer } from "../../lib/training/mod.ts";
import { valuesOf } from "./small_training.ts";

/** A filter and a bias, of values that depend on a seed. */
class Small extends Module {
  constructor(seed: number) {
    super();
    const random = generator(seed, "small");
    const values = (length: number) => Float32Array.from({ length }, () => random.normal());
    this.parameter("weight", new StoredVariable(values(54), filterLayout(3, 2, 3, 3)));
    this.parameter("bias", new StoredVariable(values(3), sameLayout([3])));
  }

  override forward(x: Tensor): Tensor {
    return x;
  }
}

const standing = {
  step: 63,
  epochs: [{ epoch: 0, loss: 1.5, seconds: 2.25 }],
  lossSum: 0.1,
  seconds: 3,
};
const identity = "small";

function small(seed: number) {
  const network = new Small(seed);
  const choice = { name: "sgd", learningRate: 0.1, momentum: 0.9 } as const;
  const optimizer = buildOptimizer(network.parameters(), choice);
  return { network, optimizer, identity };
}

/** Writes a checkpoint and gives its bytes and the values in it to the test. */
async function withCheckpoint(
  body: (file: string, bytes: Uint8Array, values: Record<string, Float32Array>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/checkpoint.safetensors`;
  const written = small(1);
  assert(await writeCheckpoint(file, { ...written, standing }));
  const values = await valuesOf(written.network);
  dispose(written);
  await body(file, await Deno.readFile(file), values);
  await Deno.remove(folder, { recursive: true });
}

function dispose({ network, optimizer }: ReturnType<typeof small>) {
  network.dispose();
  optimizer.dispose();
}

Deno.test("readCheckpoint() gives back what writeCheckpoint() wrote", async () => {
  await withCheckpoint(async (file, _, values) => {
    const other = small(2);
    assertEquals(await readCheckpoint(file, other), standing);
    assertEquals(await valuesOf(other.network), values);
    dispose(other);
  });
});

Deno.test("readCheckpoint() refuses a file in which any one bit is another, and changes nothing", async () => {
  await withCheckpoint(async (file, good) => {
    const other = small(2);
    const before = await valuesOf(other.network);
    const random = generator(0, "bits");
    for (let at = 0; at < good.length; at++) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << random.integer(8);
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(() => readCheckpoint(file, other), TypeError);
      assert(error.message.startsWith(`Cannot resume from ${file}: `), `byte ${at}`);
    }
    assertEquals(await valuesOf(other.network), before);
    dispose(other);
  });
});

Deno.test("readCheckpoint() says that the tensors are damaged, with both checksums", async () => {
  await withCheckpoint(async (file, good) => {
    const other = small(2);
    const { sha256 } = decodeSafetensors(good).metadata;
    await Deno.writeFile(file, good.with(good.length - 3, good.at(-3)! ^ 4));
    await assertRejects(
      () => readCheckpoint(file, other),
      TypeError,
      `it is damaged: it was written with SHA-256 ${sha256} of its contents`,
    );
    dispose(other);
  });
});

Deno.test("readCheckpoint() reads files of the time before there was a checksum", async () => {
  await withCheckpoint(async (file, good, values) => {
    const { tensors, metadata: { sha256: _, ...metadata } } = decodeSafetensors(good);
    const old = encodeSafetensors(tensors, { ...metadata, format: "hem-checkpoint-1" });
    await Deno.writeFile(file, old);
    const other = small(2);
    assertEquals(await readCheckpoint(file, other), standing);
    assertEquals(await valuesOf(other.network), values);
    // Without its checksum, a new file is not one.
    await Deno.writeFile(file, encodeSafetensors(tensors, metadata));
    await assertRejects(() => readCheckpoint(file, other), TypeError, "it is damaged");
    dispose(other);
  });
});

Deno.test("writeCheckpoint() keeps the old file where a value is infinite or no number", async () => {
  await withCheckpoint(async (file, good) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const broken = small(3);
      const bias = broken.network.parameters().get("bias")!;
      bias.assignPyTorch(Float32Array.of(1, 2, value));
      assertEquals(await writeCheckpoint(file, { ...broken, standing }), false);
      dispose(broken);
      assertEquals(await Deno.readFile(file), good);
    }
    // The largest numbers are numbers.
    const large = small(3);
    large.network.parameters().get("bias")!.assignPyTorch(Float32Array.of(3.4e38, -3.4e38, 1e-45));
    assert(await writeCheckpoint(file, { ...large, standing }));
    dispose(large);
  });
});
