/** Weights that PyTorch wrote, and ours written for it: tests/oracles/residual_weights.py. */
import { assert, assertEquals } from "@std/assert";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import { buildNetwork } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { loadWeights, saveWeights } from "../../lib/training/mod.ts";

const file = new URL("../fixtures/networks/wrn10_1.safetensors", import.meta.url).pathname;
const SIDE = 12;

/** Logits of the oracle's images. */
function logitsOf(network: ReturnType<typeof buildNetwork>): number[][] {
  return tf.tidy(() => {
    const values = Float32Array.from(
      { length: 2 * 3 * SIDE * SIDE },
      (_, i) => 0.5 + 0.5 * Math.sin(0.37 * i),
    );
    const images = tf.tensor4d(values, [2, 3, SIDE, SIDE]).transpose([0, 2, 3, 1]);
    return network.forward(images, { training: false }).arraySync() as number[][];
  });
}

Deno.test("loadWeights() reads a wide network of PyTorch's, which then gives PyTorch's logits", async () => {
  const network = buildNetwork("wrn10_1", { classes: 4, inputShape: [SIDE, SIDE, 3], seed: 0 });
  logitsOf(network); // what is folded for the first weights must not be used for the next ones
  await loadWeights(network, file);
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(file));
  const wanted = JSON.parse(metadata["logits"]!) as number[][];
  logitsOf(network).forEach((row, n) =>
    row.forEach((value, c) => assert(Math.abs(value - wanted[n]![c]!) < 1e-5, `${row}`))
  );

  const folder = await Deno.makeTempDir();
  await saveWeights(network, `${folder}/ours.safetensors`, {
    logits: JSON.stringify(logitsOf(network)),
  });
  const written = decodeSafetensors(await Deno.readFile(`${folder}/ours.safetensors`)).tensors;
  for (const [name, { data, shape }] of tensors) {
    if (name.endsWith("num_batches_tracked")) continue;
    assertEquals(written.get(name)?.shape, shape, name);
    assertEquals(written.get(name)?.data, data, name);
  }
  await Deno.remove(folder, { recursive: true });
  network.dispose();
});
