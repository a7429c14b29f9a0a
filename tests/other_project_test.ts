import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeOtherProject } from "./other_project.ts";

/** Trains a small Keras model by HEM and attacks it; the last line says what came of it. */
const program = (path: string) => `
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "${path}/lib/tensorflow/mod.ts";
import { highErrorMargin } from "${path}/lib/losses/mod.ts";
import { autoAttack } from "${path}/lib/attacks/mod.ts";

// Two kinds of images: bright above, and bright below.
const labels = tf.tensor1d(Array.from({ length: 32 }, (_, i) => i % 4), "int32");
const images = tf.tidy(() => tf.oneHot(labels, 4).reshape([32, 2, 2, 1]).mul(0.8).add(0.1)) as any;
const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
const model = tf.sequential({ layers: [
  tf.layers.flatten({ inputShape: [2, 2, 1] }),
  tf.layers.dense({ units: 16, activation: "relu", kernelInitializer: seeded(1) }),
  tf.layers.batchNormalization({ momentum: 0.5 }),
  tf.layers.dense({ units: 4, kernelInitializer: seeded(2) }),
] });
const loss = highErrorMargin({ margin: 0.5 });
const optimizer = tf.train.adam(0.02);
const step = () => optimizer.minimize(
  () => loss(model.apply(images, { training: true }) as Tensor, labels), true)!.dataSync()[0]!;
const first = step();
let last = first;
for (let i = 0; i < 60; i++) last = step();
const attacked = await autoAttack(model, images, labels, { norm: "linf", epsilon: 0.01, queries: 20 });
console.log(JSON.stringify({ first, last, clean: attacked.cleanAccuracy, robust: attacked.robustAccuracy }));
`;

for (const nodeModulesDir of ["auto", "none"] as const) {
  Deno.test(`Another project trains by HEM and attacks what it trained (nodeModulesDir: ${nodeModulesDir})`, async () => {
    await using project = await makeOtherProject({ nodeModulesDir });
    await Deno.writeTextFile(`${project.folder}/main.ts`, program(project.path));
    const { code, stdout, stderr } = await project.deno("run", "-A", "main.ts");
    assertEquals(code, 0, stderr);
    const { first, last, clean, robust } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert(last < first / 2, `the loss fell from ${first} to ${last}`);
    assertEquals(clean, 1);
    assertEquals(robust, 1);
  });
}

Deno.test("A program that ends before the addon is loaded says why, and does not crash", async () => {
  await using project = await makeOtherProject();
  await Deno.writeTextFile(
    `${project.folder}/main.ts`,
    `const { loadLibraries } = await import("${project.path}/lib/tensorflow/libraries.ts");
     const runtime = await import("${project.path}/lib/runtime/mod.ts");
     const { libraries } = await runtime.ensureTensorFlow("cpu");
     loadLibraries(libraries, runtime.hostPlatform().libc);
     throw new Error("the program's own");`,
  );
  const { code, stderr } = await project.deno("run", "-A", "main.ts");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the program's own");
});
