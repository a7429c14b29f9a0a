/** Weights under the names of torchvision, timm and segmentation_models_pytorch: tests/oracles/encoder_names.py. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { encodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import { buildNetwork, Fpn } from "../../lib/models/mod.ts";
import { loadEncoderWeights } from "../../lib/training/mod.ts";

interface Published {
  encoder: string;
  tensors: [name: string, shape: number[]][];
}

const fixture = new URL("../fixtures/networks/encoder_names.json", import.meta.url);
const published = JSON.parse(Deno.readTextFileSync(fixture)) as Record<string, Published>;

function encoderOf(name: string) {
  return buildNetwork("fpn", {
    classes: 2,
    inputShape: [32, 32, 3],
    seed: "zeros",
    options: { encoder: name },
  }) as Fpn;
}

/** Writes a file whose tensor k is full of k + 1. */
async function write(file: string, tensors: Published["tensors"]): Promise<void> {
  const stored = tensors.map(([name, shape], k): [string, StoredTensor] => [name, {
    dtype: "F32",
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(k + 1),
  }]);
  await Deno.writeFile(file, encodeSafetensors(new Map(stored)));
}

const otherwise = "torchvision efficientnet_b0";

for (const [title, { encoder, tensors }] of Object.entries(published)) {
  if (title === otherwise) continue;
  Deno.test(`loadEncoderWeights() fills every variable from ${title}, in the order of its layers`, async () => {
    const folder = await Deno.makeTempDir();
    const network = encoderOf(encoder);
    try {
      const file = join(folder, "weights.safetensors");
      await write(file, tensors);
      await loadEncoderWeights(network.encoder, file);
      // Both list the layers in the order in which they are run: each parameter comes from a later place than the one before,
      // and so does each running mean or variance.
      for (const variables of [network.encoder.parameters(), network.encoder.buffers()]) {
        let last = 0;
        for (const [name, variable] of variables) {
          const values = await variable.read();
          assert(values[0]! > last, `${name} is ${values[0]} after ${last}`);
          assertEquals(new Set(values).size, 1);
          last = values[0]!;
        }
      }
    } finally {
      network.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("loadEncoderWeights() refuses torchvision's EfficientNets, which pad otherwise and give other maps", async () => {
  const folder = await Deno.makeTempDir();
  const { encoder, tensors } = published[otherwise]!;
  const network = encoderOf(encoder);
  const file = join(folder, "weights.safetensors");
  await write(file, tensors);
  await assertRejects(
    () => loadEncoderWeights(network.encoder, file),
    TypeError,
    "the names of torchvision, whose EfficientNets pad both sides of a map alike",
  );
  network.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadEncoderWeights() finds the encoder behind a prefix, and passes over what has another", async () => {
  const folder = await Deno.makeTempDir();
  const others: Published["tensors"] = [
    ["decoder.p5.weight", [256, 512, 1, 1]],
    ["conv1x1.weight", [3, 3, 1, 1]],
  ];
  const files = [
    ["torchvision resnet18", "module.", []],
    ["timm resnext50_32x4d", "encoder.", others],
    ["torchvision densenet121", "model.backbone.", others],
    ["timm tf_efficientnet_b0", "module.encoder.", others],
    ["smp efficientnet-b0", "encoder.", others],
  ] as const;
  for (const [title, prefix, beside] of files) {
    const { encoder, tensors } = published[title]!;
    const [plain, prefixed] = [encoderOf(encoder), encoderOf(encoder)];
    const file = join(folder, "weights.safetensors");
    await write(file, tensors);
    await loadEncoderWeights(plain.encoder, file);
    const named = tensors.map(([name, shape]): [string, number[]] => [`${prefix}${name}`, shape]);
    await write(file, [...named, ...beside]);
    await loadEncoderWeights(prefixed.encoder, file);
    for (const [name, variable] of plain.encoder.parameters()) {
      const [wanted] = await variable.read();
      assertEquals((await prefixed.encoder.parameters().get(name)!.read())[0], wanted, name);
    }
    for (const network of [plain, prefixed]) network.dispose();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadEncoderWeights() refuses another network's weights and changes nothing", async () => {
  const folder = await Deno.makeTempDir();
  const network = encoderOf("resnet34");
  try {
    const file = join(folder, "weights.safetensors");
    await write(file, published["torchvision resnet18"]!.tensors);
    await assertRejects(
      () => loadEncoderWeights(network.encoder, file),
      TypeError,
      "weights.safetensors: it has no layer1.2.conv1.weight",
    );
    await write(file, [["unrelated.weight", [1]]]);
    const { message } = await assertRejects(
      () => loadEncoderWeights(network.encoder, file),
      TypeError,
      "it has no conv1.weight, ",
    );
    assert(/ and \d+ more$/.test(message), message);
    for (const variable of network.encoder.parameters().values()) {
      const values = await variable.read();
      assert(values[0] === 0 || values[0] === 1);
    }
  } finally {
    network.dispose();
    await Deno.remove(folder, { recursive: true });
  }
});
