/** Vision transformers and Swin V2 against torchvision: tests/oracles/small_transformers.py made the small members. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import { Initialiser, type Module, parameterCount } from "../../lib/layers/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";
import {
  buildNetwork,
  stochasticDepths,
  SwinV2,
  swinV2Sizes,
  VisionTransformer,
} from "../../lib/models/mod.ts";
import { tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";
import { loadWeights, saveWeights } from "../../lib/training/mod.ts";
import { checkGolden } from "../golden/check.ts";
import { readGolden } from "../golden/golden_files.ts";

const folder = new URL("../fixtures/transformers/", import.meta.url);
const read = (name: string) =>
  decodeSafetensors(Deno.readFileSync(new URL(`${name}.safetensors`, folder))).tensors;
const tensorOf = ({ data, shape }: StoredTensor) => tf.tensor(data as Float32Array, shape);

function contextOf(inputShape: [number, number, number], classes = 5) {
  return { classes, inputShape, options: {}, initialiser: new Initialiser(0) };
}

const small: Record<string, (shape?: [number, number, number]) => Module> = {
  vision_transformer: (shape = [8, 12, 3]) =>
    new VisionTransformer(contextOf(shape), {
      patch: 4,
      layers: 2,
      heads: 2,
      features: 16,
      hidden: 24,
    }),
  swin_v2: (shape = [29, 22, 3]) =>
    new SwinV2(contextOf(shape), {
      features: 8,
      depths: [2, 2],
      heads: [1, 2],
      window: 4,
      stochasticDepth: 0.2,
    }),
};

/** Largest difference, relative to the largest number. */
function difference(ours: Tensor, theirs: StoredTensor): number {
  return tf.tidy(() => {
    const wanted = tensorOf(theirs).reshape(ours.shape);
    return ours.sub(wanted).abs().max().div(wanted.abs().max()).dataSync()[0]!;
  });
}

for (const [name, make] of Object.entries(small)) {
  Deno.test(`${name} takes torchvision's weights and gives its logits and gradients`, async () => {
    const before = tf.memory().numTensors;
    const network = make();
    await loadWeights(network, new URL(`${name}.safetensors`, folder).pathname);
    const answers = read(`${name}_answers`);
    const images = tensorOf(answers.get("images")!);
    const labels = tf.tensor1d([0, 1, 2], "int32");
    const logits = tf.tidy(() => network.forward(images, { training: false }));
    assert(difference(logits, answers.get("logits")!) < 2e-6);
    const parameters = [...network.parameters()];
    const { value, gradients } = valueAndGradients(
      () => crossEntropy()(network.forward(images, { training: true }), labels),
      parameters.map(([, parameter]) => parameter.value),
    );
    for (const [i, [name, { layout }]] of parameters.entries()) {
      const wanted = answers.get(`gradient.${name}`)!;
      const inOurs = layout.fromPyTorch(wanted.data as Float32Array);
      const off = difference(gradients[i]!, { ...wanted, data: inOurs });
      assert(off < 2e-5, `${name}: ${off}`);
    }
    tf.dispose([images, labels, logits, value, gradients]);
    network.dispose();
    assertEquals(tf.memory().numTensors, before);
  });

  Deno.test(`${name} writes torchvision's state_dict, constants included`, async () => {
    const network = make();
    await loadWeights(network, new URL(`${name}.safetensors`, folder).pathname);
    const file = await Deno.makeTempFile();
    await saveWeights(network, file);
    network.dispose();
    const { tensors } = decodeSafetensors(await Deno.readFile(file));
    await Deno.remove(file);
    const wanted = read(name);
    assertEquals([...tensors.keys()].sort(), [...wanted.keys()].sort());
    for (const [key, tensor] of wanted) {
      if (!key.endsWith("relative_coords_table")) assertEquals(tensors.get(key), tensor, key);
    }
  });
}

Deno.test("loadWeights() refuses a Swin's file with other positions, and leaves the network as it was", async () => {
  const tensors = read("swin_v2");
  const name = "features.1.0.attn.relative_position_index";
  (tensors.get(name)!.data as BigInt64Array)[5]! += 1n;
  const file = await Deno.makeTempFile();
  await Deno.writeFile(file, encodeSafetensors(tensors, {}));
  const network = small.swin_v2!();
  await assertRejects(() => loadWeights(network, file), TypeError, `${name} is missing or not`);
  network.dispose();
  await Deno.remove(file);
});

/** Float tensors as PyTorch's `model.half().state_dict()` and `model.bfloat16().state_dict()` have them; integers stay. */
const halves: Record<string, (data: Float32Array) => Pick<StoredTensor, "dtype" | "data">> = {
  F16: (data) => ({ dtype: "F16", data: Float16Array.from(data) }),
  BF16: (data) => ({
    dtype: "BF16",
    // The upper half of the bits, rounded to the nearest.
    data: Uint16Array.from(new Uint32Array(data.slice().buffer), (bits) => (bits + 0x8000) >>> 16),
  }),
};

for (const [dtype, halve] of Object.entries(halves)) {
  Deno.test(`loadWeights() takes a Swin's file of ${dtype}, and refuses other coordinates`, async () => {
    const tensors = new Map([...read("swin_v2")].map(([name, tensor]) => [
      name,
      tensor.data instanceof Float32Array ? { ...tensor, ...halve(tensor.data) } : tensor,
    ]));
    const file = await Deno.makeTempFile();
    await Deno.writeFile(file, encodeSafetensors(tensors));
    const network = small.swin_v2!();
    await loadWeights(network, file);
    const name = "features.1.0.attn.relative_coords_table";
    const table = read("swin_v2").get(name)!;
    const moved = (table.data as Float32Array).map((value) => 1.02 * value);
    await Deno.writeFile(
      file,
      encodeSafetensors(new Map([...tensors, [name, { ...table, ...halve(moved) }]])),
    );
    await assertRejects(() => loadWeights(network, file), TypeError, `${name} is missing or not`);
    network.dispose();
    await Deno.remove(file);
  });
}

Deno.test("Swin's stochastic depth depends on the seed alone, and is off outside of training", () => {
  const network = small.swin_v2!();
  tf.tidy(() => {
    const images = tf.randomUniform([16, 29, 22, 3], 0, 1, "float32", 1);
    const logits = (training: boolean, seed?: number) =>
      network.forward(images, {
        training,
        ...(seed !== undefined && { seed: tf.scalar(seed, "int32") }),
      }).dataSync();
    assertEquals(logits(true, 1), logits(true, 1));
    assert(logits(true, 1).some((value, i) => value !== logits(true, 2)[i]));
    assertEquals(logits(false, 1), logits(false));
    assertEquals(logits(true), logits(false));
  });
  network.dispose();
});

Deno.test("stochasticDepths() of Swin V2-T are those that torchvision shows for its twelve blocks", () => {
  const shown = stochasticDepths(swinV2Sizes.swin_v2_t!).map((p) => p.toFixed(5));
  // `model.features[s][b].stochastic_depth.p` of torchvision 0.29.2.
  assertEquals(shown, [
    ...["0.00000", "0.01818", "0.03636", "0.05455", "0.07273", "0.09091"],
    ...["0.10909", "0.12727", "0.14545", "0.16364", "0.18182", "0.20000"],
  ]);
});

Deno.test("small transformers start as torchvision's do", async () => {
  const deviation = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  const vit = small.vision_transformer!();
  const of = (network: Module) => async (name: string) =>
    await network.parameters().get(name)!.readPyTorch();
  const vitValues = of(vit);
  for (const name of ["class_token", "conv_proj.bias", "heads.head.weight", "heads.head.bias"]) {
    assert((await vitValues(name)).every((value) => value === 0), name);
  }
  const block = "encoder.layers.encoder_layer_0";
  const within = async (name: string, bound: number) => {
    const largest = (await vitValues(name)).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert(largest <= bound && largest > 0.9 * bound, `${name}: ${largest}, bound ${bound}`);
  };
  // Xavier's bounds by the 16 inputs and 48 or 24 outputs; PyTorch's default by 16 inputs.
  await within(`${block}.self_attention.in_proj_weight`, Math.sqrt(6 / 64));
  await within(`${block}.mlp.0.weight`, Math.sqrt(6 / 40));
  await within(`${block}.self_attention.out_proj.weight`, 1 / 4);
  const near = (found: number, wanted: number) =>
    assert(Math.abs(found / wanted - 1) < 0.3, `${found}, wanted about ${wanted}`);
  near(deviation(await vitValues("conv_proj.weight")), Math.sqrt(1 / 48));
  near(deviation(await vitValues("encoder.pos_embedding")), 0.02);
  near(deviation(await vitValues(`${block}.mlp.0.bias`)), 1e-6);
  vit.dispose();
  const swin = small.swin_v2!();
  const swinValues = of(swin);
  for (const part of ["attn.qkv", "attn.proj", "attn.cpb_mlp.0", "mlp.0", "mlp.3"]) {
    near(deviation(await swinValues(`features.1.0.${part}.weight`)), 0.02);
    assert((await swinValues(`features.1.0.${part}.bias`)).every((value) => value === 0), part);
  }
  near(deviation(await swinValues("features.2.reduction.weight")), 0.02);
  assertEquals(await swinValues("features.1.0.attn.logit_scale"), Float32Array.of(Math.log(10)));
  swin.dispose();
});

Deno.test("checkGolden() passes Swin V2-T for ten classes and images of 64x64", async () => {
  const before = tf.memory().numTensors;
  const { passed, differences } = await checkGolden(
    readGolden("torchvision/swin_v2_t_c10_64.json"),
  );
  assert(passed, JSON.stringify(differences));
  assertEquals(tf.memory().numTensors, before);
});

// Table 2 of the paper.
for (const [name, count] of [["swin_v2_t", 28_351_570], ["vit_b_16", 86_567_656]] as const) {
  Deno.test(`parameterCount() of ${name} with 1000 classes is ${count}`, () => {
    const network = buildNetwork(name, { classes: 1000, inputShape: [224, 224, 3], seed: 0 });
    assertEquals(parameterCount(network), count);
    network.dispose();
  });
}

Deno.test("transformers refuse images that they cannot take", () => {
  assertThrows(
    () => small.vision_transformer!([8, 10, 3]),
    RangeError,
    "VisionTransformer cannot take images of 8x10x3: patches of 4 must divide its sides",
  );
  assertThrows(
    () => small.swin_v2!([3, 8, 3]),
    RangeError,
    "SwinV2 cannot take images of 3x8x3: it wants 4x4 or more",
  );
});
