/** A checkpoint that is not as it was written is found out. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/mod.ts";
import { filterLayout, sameLayout, StoredVariable } from "../../lib/layers/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import { readCheckpoint, writeCheckpoint } from "../../lib/training/checkpoint.ts";

const standing = {
  step: 63,
  epochs: [{ epoch: 0, loss: 1.5, seconds: 2.25 }],
  lossSum: 0.1,
  seconds: 3,
  learner: { steps: 90, updates: { "heads.1.weight": 7 } },
};
const identity = "small";

/** A filter, a bias and their momenta, of values that depend on a seed. */
function small(seed: number) {
  const random = generator(seed, "small");
  const values = (length: number) => Float32Array.from({ length }, () => random.normal());
  const filter = () => new StoredVariable(values(54), filterLayout(3, 2, 3, 3));
  const bias = () => new StoredVariable(values(3), sameLayout([3]));
  const variables = new Map([
    ["weight", filter()],
    ["bias", bias()],
    ["optimizer.momentum.weight", filter()],
    ["optimizer.momentum.bias", bias()],
  ]);
  return { variables, identity };
}

async function valuesOf({ variables }: ReturnType<typeof small>) {
  const values: Record<string, Float32Array> = {};
  for (const [name, variable] of variables) values[name] = await variable.read();
  return values;
}

/** Writes a checkpoint and gives its bytes and the values in it to the test. */
async function withCheckpoint(
  body: (file: string, bytes: Uint8Array, values: Record<string, Float32Array>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/checkpoint.safetensors`;
  const written = small(1);
  assert(await writeCheckpoint(file, { ...written, standing }));
  const values = await valuesOf(written);
  dispose(written);
  await body(file, await Deno.readFile(file), values);
  await Deno.remove(folder, { recursive: true });
}

function dispose({ variables }: ReturnType<typeof small>) {
  for (const variable of variables.values()) variable.dispose();
}

Deno.test("readCheckpoint() gives back what writeCheckpoint() wrote", async () => {
  await withCheckpoint(async (file, _, values) => {
    const other = small(2);
    assertEquals(await readCheckpoint(file, other), standing);
    assertEquals(await valuesOf(other), values);
    dispose(other);
  });
});

Deno.test("readCheckpoint() refuses a file in which any one bit is another, and changes nothing", async () => {
  await withCheckpoint(async (file, good) => {
    const other = small(2);
    const before = await valuesOf(other);
    const random = generator(0, "bits");
    for (let at = 0; at < good.length; at++) {
      const bytes = good.slice();
      bytes[at]! ^= 1 << random.integer(8);
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(() => readCheckpoint(file, other), TypeError);
      assert(error.message.startsWith(`Cannot resume from ${file}: `), `byte ${at}`);
    }
    assertEquals(await valuesOf(other), before);
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
    assertEquals(await valuesOf(other), values);
    // Without its checksum, a new file is not one.
    await Deno.writeFile(file, encodeSafetensors(tensors, metadata));
    await assertRejects(() => readCheckpoint(file, other), TypeError, "it is damaged");
    dispose(other);
  });
});

Deno.test("readCheckpoint() does not blame the file for what fails when its values are taken over", async () => {
  await withCheckpoint(async (file) => {
    const other = small(2);
    other.variables.get("bias")!.assignPyTorch = () => {
      throw new RangeError("out of memory");
    };
    const error = await assertRejects(() => readCheckpoint(file, other), RangeError);
    assertEquals(error.message, "out of memory");
    dispose(other);
  });
});

Deno.test("writeCheckpoint() keeps the old file where a value is infinite or no number", async () => {
  await withCheckpoint(async (file, good) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const broken = small(3);
      const bias = broken.variables.get("bias")!;
      bias.assignPyTorch(Float32Array.of(1, 2, value));
      assertEquals(await writeCheckpoint(file, { ...broken, standing }), false);
      dispose(broken);
      assertEquals(await Deno.readFile(file), good);
    }
    // The largest numbers are numbers.
    const large = small(3);
    large.variables.get("bias")!.assignPyTorch(Float32Array.of(3.4e38, -3.4e38, 1e-45));
    assert(await writeCheckpoint(file, { ...large, standing }));
    dispose(large);
  });
});
