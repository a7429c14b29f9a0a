import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Batch, partOf } from "../../lib/attacks/batch.ts";
import { fabTargeted } from "../../lib/attacks/fab.ts";
import { Victim } from "../../lib/attacks/victim.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { hashedSource } from "./hashed_source.ts";
import { smallImages, smallNetwork, smallShape } from "./small_network.ts";
import { traceBatch, traceSession } from "./traces.ts";

// torchattacks 3.5.1 on the same classifier: the nearest adversarial image of 10 iterations and its distance, for the class
// with the second largest logit (2), and for the next one (0) where an epsilon below the first's distance leads to it.
const traces = [
  {
    norm: "linf",
    distance: 0.018348,
    adversarial: [0.481652, 0.754442, 0.254612, 0.397828, 0.815155, 0.355141],
  },
  {
    norm: "l2",
    distance: 0.041637,
    adversarial: [0.487825, 0.749827, 0.250512, 0.405291, 0.802843, 0.356779],
  },
] as const;

Deno.test("fabTargeted() finds the nearest adversarial image of the golden traces", async () => {
  for (const { norm, distance, adversarial } of traces) {
    const session = traceSession({ norm, epsilon: distance + 1e-5 });
    const found = await fabTargeted(traceBatch(), { iterations: 10, targets: 4 }, session);
    assertEquals([...found.fooled], [1], norm);
    adversarial.forEach((pixel, i) =>
      assertAlmostEquals(found.adversarial[i]!, pixel, 2e-5, `${norm}: pixel ${i}`)
    );
  }
});

Deno.test("fabTargeted() does not count an image further away than epsilon", async () => {
  for (const { norm, distance } of traces) {
    const session = traceSession({ norm, epsilon: distance - 1e-4 });
    const found = await fabTargeted(traceBatch(), { iterations: 10, targets: 4 }, session);
    assertEquals([...found.fooled], [0], norm);
  }
});

Deno.test("fabTargeted() leaves as many tensors as there were", async () => {
  for (const { norm, distance } of traces) {
    const batch = traceBatch();
    const before = tf.memory().numTensors;
    for (const epsilon of [distance * 0.5, distance * 2]) {
      for (const earlyStop of [false, true]) {
        const session = { ...traceSession({ norm, epsilon }), earlyStop };
        await fabTargeted(batch, { iterations: 4, targets: 3 }, session);
      }
    }
    assertEquals(tf.memory().numTensors, before, norm);
  }
});

Deno.test("fabTargeted() finds for each image of many what it finds for that image alone, walks side by side or not", async () => {
  const [classes, count] = [10, 24];
  const { model, dispose } = smallNetwork(classes);
  const images = smallImages(count);
  const victim = new Victim(model, smallShape);
  const logits = tf.tidy(() => model(images).dataSync<"float32">());
  const labels = tf.tidy(() => model(images).argMax(1).dataSync<"int32">());
  const whole: Batch = { clean: images.dataSync<"float32">(), labels, logits, classes };
  for (const norm of ["linf", "l2"] as const) {
    const fab = (batch: Batch, earlyStop = false) =>
      fabTargeted(batch, { iterations: 4, targets: 9 }, {
        victim,
        norm,
        epsilon: norm === "linf" ? 0.02 : 0.14,
        random: hashedSource(smallShape),
        earlyStop,
        pause: () => Promise.resolve(),
      });
    const together = await fab(whole);
    assertEquals((await fab(whole, true)).fooled, together.fooled, `${norm}, let go at once`);
    const left = together.remaining().length;
    assert(left > 0 && left <= count / 2, `${norm}: ${left} images left`);
    for (let i = 0; i < count; i += 3) {
      const alone = await fab(partOf(whole, [i]));
      assertEquals(together.fooled[i], alone.fooled[0], `${norm}: image ${i}`);
      const found = together.adversarial.subarray(i * victim.pixels, (i + 1) * victim.pixels);
      alone.adversarial.forEach((pixel, k) => assertAlmostEquals(found[k]!, pixel, 1e-5));
    }
  }
  dispose();
  images.dispose();
});
