/** Weights to and from PyTorch's files: tests/oracles/optimizers.py wrote one, with what PyTorch computes from it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { loadWeights, saveWeights } from "../../lib/training/mod.ts";
import { valuesOf } from "./small_training.ts";
import { withFolder } from "../with_folder.ts";

const folder = new URL("../fixtures/optimizers/", import.meta.url);
const pyTorchFile = new URL("lenet_bn.safetensors", folder).pathname;
const pyTorch = decodeSafetensors(Deno.readFileSync(pyTorchFile)).tensors;
const counter = "bn0.num_batches_tracked";

const lenet = () => buildNetwork("lenet", { classes: 10, inputShape: [28, 28, 1], seed: 3 });

Deno.test("loadWeights() takes a file that PyTorch wrote, and the network gives PyTorch's logits", async () => {
  assert(pyTorch.has(counter));
  const network = lenet();
  await loadWeights(network, pyTorchFile);
  const answers = decodeSafetensors(
    Deno.readFileSync(new URL("lenet_bn_answers.safetensors", folder)),
  ).tensors;
  const tensorOf = ({ data, shape }: StoredTensor) => tf.tensor(data as Float32Array, shape);
  const largest = tf.tidy(() => {
    const logits = network.forward(tensorOf(answers.get("images")!), { training: false });
    return logits.sub(tensorOf(answers.get("logits")!)).abs().max().dataSync()[0]!;
  });
  // Logits of about 0.1 in float32 against float64.
  assert(largest < 1e-6, `${largest}`);
  network.dispose();
});

Deno.test("saveWeights() writes names, shapes, types and numbers of PyTorch's state_dict()", async () => {
  await withFolder(async (folder) => {
    const network = lenet();
    await loadWeights(network, pyTorchFile);
    const file = `${folder}/new/weights.safetensors`;
    await saveWeights(network, file, { trial: "x" });
    const { tensors, metadata } = decodeSafetensors(await Deno.readFile(file));
    assertEquals(metadata, { trial: "x" });
    const wanted = new Map(pyTorch);
    wanted.delete(counter);
    assertEquals([...tensors.keys()].sort(), [...wanted.keys()].sort());
    for (const [name, tensor] of wanted) assertEquals(tensors.get(name), tensor, name);
    // Only the file itself is left in its folder.
    assertEquals([...Deno.readDirSync(`${folder}/new`)].map(({ name }) => name), [
      "weights.safetensors",
    ]);
    network.dispose();
  });
});

Deno.test("saveWeights() and loadWeights() take every network there and back to the bit", async () => {
  await withFolder(async (folder) => {
    for (const name of ["lenet", "convnet", "mlp"]) {
      const [from, to] = [1, 2].map((seed) =>
        buildNetwork(name, { classes: 10, inputShape: [28, 28, 1], seed })
      );
      await saveWeights(from!, `${folder}/${name}`);
      await loadWeights(to!, `${folder}/${name}`);
      assertEquals(await valuesOf(to!), await valuesOf(from!));
      from!.dispose();
      to!.dispose();
    }
  });
});

Deno.test("saveWeights() that fails leaves the old file as it was", async () => {
  await withFolder(async (folder) => {
    const network = lenet();
    // A folder in the file's place: the new file cannot take it.
    await Deno.mkdir(`${folder}/weights.safetensors/inside`, { recursive: true });
    await assertRejects(() => saveWeights(network, `${folder}/weights.safetensors`));
    assertEquals([...Deno.readDirSync(`${folder}/weights.safetensors`)].length, 1);
    // Nor is a part of the new one left beside it.
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["weights.safetensors"]);
    network.dispose();
  });
});

Deno.test("loadWeights() takes weights of any float type", async () => {
  await withFolder(async (folder) => {
    // 1.5, -2 and 2^-8 are of all types alike; the bits of bfloat16 are the upper half of float32's.
    const values = [1.5, -2, 2 ** -8];
    const cycle = Array.from({ length: 10 }, (_, i) => values[i % 3]!);
    const bits = Array.from(new Uint32Array(Float32Array.from(cycle).buffer), (one) => one >>> 16);
    const asType: StoredTensor[] = [
      { dtype: "F16", shape: [10], data: Float16Array.from(cycle) },
      { dtype: "BF16", shape: [10], data: Uint16Array.from(bits) },
      { dtype: "F64", shape: [10], data: Float64Array.from(cycle) },
    ];
    for (const tensor of asType) {
      const file = `${folder}/${tensor.dtype}`;
      await Deno.writeFile(file, encodeSafetensors(new Map([...pyTorch, ["fc2.bias", tensor]])));
      const network = lenet();
      await loadWeights(network, file);
      assertEquals(
        await network.parameters().get("fc2.bias")!.readPyTorch(),
        Float32Array.from(cycle),
      );
      network.dispose();
    }
  });
});

const changes: [what: string, change: (tensors: Map<string, StoredTensor>) => void, why: string][] =
  [
    ["a missing name", (tensors) => tensors.delete("fc2.bias"), "it has no fc2.bias"],
    [
      "an unknown name",
      (tensors) => tensors.set("fc9.bias", tensors.get("fc2.bias")!),
      "the network has no fc9.bias",
    ],
    [
      "another shape",
      (tensors) => {
        const { data } = tensors.get("fc2.weight")!;
        tensors.set("fc2.weight", { dtype: "F32", shape: [50, 10], data });
      },
      "fc2.weight is F32 [50,10], wanted floats [10,50]",
    ],
    [
      "numbers that are not finite",
      (tensors) =>
        tensors.set("fc2.bias", {
          dtype: "F32",
          shape: [10],
          data: new Float32Array(10).fill(1).with(3, NaN),
        }),
      "fc2.bias holds NaN; did it diverge?",
    ],
    [
      "another type",
      (tensors) => tensors.set("fc2.bias", { dtype: "I32", shape: [10], data: new Int32Array(10) }),
      "fc2.bias is I32 [10], wanted floats [10]",
    ],
  ];
for (const [what, change, why] of changes) {
  Deno.test(`loadWeights() refuses ${what} before anything changes`, async () => {
    await withFolder(async (folder) => {
      const tensors = new Map(pyTorch);
      change(tensors);
      const file = `${folder}/changed.safetensors`;
      await Deno.writeFile(file, encodeSafetensors(tensors));
      const network = lenet();
      const before = await valuesOf(network);
      await assertRejects(
        () => loadWeights(network, file),
        TypeError,
        `Cannot load ${file}: ${why}`,
      );
      assertEquals(await valuesOf(network), before);
      network.dispose();
    });
  });
}

Deno.test("loadWeights() names a file that is damaged or missing", async () => {
  await withFolder(async (folder) => {
    const network = lenet();
    const before = await valuesOf(network);
    const bytes = await Deno.readFile(pyTorchFile);
    const file = `${folder}/short.safetensors`;
    await Deno.writeFile(file, bytes.subarray(0, bytes.length - 4));
    await assertRejects(() => loadWeights(network, file), TypeError, `Cannot load ${file}: `);
    const missing = `${folder}/missing.safetensors`;
    await assertRejects(() => loadWeights(network, missing), Deno.errors.NotFound, missing);
    assertEquals(await valuesOf(network), before);
    network.dispose();
  });
});

Deno.test("loadWeights() takes names with a prefix that all of them share", async () => {
  await withFolder(async (folder) => {
    for (const prefix of ["module.", "model.net."]) {
      const file = `${folder}/prefixed.safetensors`;
      const prefixed = new Map([...pyTorch].map(([name, tensor]) => [`${prefix}${name}`, tensor]));
      await Deno.writeFile(file, encodeSafetensors(prefixed));
      const [network, wanted] = [lenet(), lenet()];
      await loadWeights(network, file);
      await loadWeights(wanted, pyTorchFile);
      assertEquals(await valuesOf(network), await valuesOf(wanted));
      // What is missing is named, also where it is the first.
      for (const missing of ["bn0.weight", [...network.state().keys()][0]!]) {
        const lacking = new Map(prefixed);
        lacking.delete(`${prefix}${missing}`);
        await Deno.writeFile(file, encodeSafetensors(lacking));
        const message = `it has no ${missing}`;
        const error = await assertRejects(() => loadWeights(network, file), TypeError, message);
        assert(error.message.endsWith(message), error.message);
      }
      // One that only some have is no prefix.
      const [[first, tensor]] = prefixed as unknown as [[string, StoredTensor]];
      prefixed.delete(first);
      prefixed.set("other.weight", tensor);
      await Deno.writeFile(file, encodeSafetensors(prefixed));
      await assertRejects(() => loadWeights(network, file), TypeError, "it has no");
      for (const one of [network, wanted]) one.dispose();
    }
  });
});
