import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { autoAttack, type AutoAttackOptions } from "../../lib/attacks/mod.ts";
import type { Predictor } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { withFolder } from "../with_folder.ts";
import { hashedSource } from "./hashed_source.ts";
import {
  type SmallCase,
  smallCases,
  smallImages,
  smallNetwork,
  smallShape,
} from "./small_network.ts";

async function attackSmall(small: SmallCase, change: Partial<AutoAttackOptions> = {}) {
  const { preset, norm, epsilon, classes, count, batchSize, labels, queries } = small;
  const { model, dispose } = smallNetwork(classes);
  const images = smallImages(count);
  const random = () => hashedSource(smallShape);
  const options = { preset, norm, epsilon, batchSize, queries, random, ...change };
  try {
    return await autoAttack(model, images, labels, options);
  } finally {
    dispose();
    images.dispose();
  }
}

Deno.test("autoAttack() fools the same images by the same attacks as both originals, with the same random numbers", async () => {
  for (const small of smallCases()) {
    const what = `${small.preset} ${small.norm} ${small.classes} classes`;
    const before = tf.memory().numTensors;
    const early = await attackSmall(small);
    // Op by op, which is the sooner for networks as small; the run above is captured.
    const result = await attackSmall(small, { earlyStop: false, captured: false });
    assertEquals(tf.memory().numTensors, before, `${what}: tensors`);
    assertEquals(early.fooledBy, small.fooledBy, `${what}, images let go at once`);
    assertEquals(result.fooledBy, small.fooledBy, what);
    assertEquals(result.settings.targets, small.targets, what);
    // Rounding can turn a comparison of losses, and the steps after it: few images end elsewhere.
    const apart = Array.from({ length: small.count }, (_, i) => {
      const at = (values: Float32Array) => values.subarray(i * 72, (i + 1) * 72);
      const theirs = at(small.adversarial);
      return Math.max(...at(result.adversarial).map((pixel, k) => Math.abs(pixel - theirs[k]!)));
    }).filter((largest) => largest > 1e-4).length;
    assert(apart <= small.count / 20, `${what}: ${apart} images differ`);
  }
});

const [first] = smallCases();

Deno.test("autoAttack() returns what its log says, images in the ball, and clean images where it failed", async () => {
  for (const norm of ["linf", "l2"] as const) {
    const small = { ...first!, norm, epsilon: norm === "linf" ? 8 / 255 : 0.25, count: 40 };
    const labels = small.labels.subarray(0, 40);
    const result = await attackSmall({ ...small, labels }, { queries: 50 });
    const clean = tf.tidy(() => smallImages(40).dataSync<"float32">());
    for (let i = 0; i < 40; i++) {
      const at = (values: Float32Array) => values.subarray(i * 72, (i + 1) * 72);
      const changes = Array.from(at(result.adversarial), (x, k) => Math.abs(x - at(clean)[k]!));
      const size = norm === "linf" ? Math.max(...changes) : Math.hypot(...changes);
      assert(size <= small.epsilon, `${norm}: image ${i} is off by ${size}`);
      assertEquals(size > 0, ![null, "clean"].includes(result.fooledBy[i]!), `${norm}: image ${i}`);
      assertEquals(result.fooled[i], Number(result.fooledBy[i] !== null));
    }
    assert(result.adversarial.every((x) => x >= 0 && x <= 1));
    assertEquals(result.cleanAccuracy, 35 / 40);
    assertEquals(result.robustAccuracy, result.fooledBy.filter((by) => by === null).length / 40);
    assertEquals(result.log.map(({ attack }) => attack), ["apgd-ce", "apgd-t", "fab-t", "square"]);
    let left = 35;
    for (const { attack, attacked, fooled, robustAccuracy } of result.log) {
      assertEquals(attacked, left);
      assertEquals(fooled, result.fooledBy.filter((by) => by === attack).length);
      left -= fooled;
      assertEquals(robustAccuracy, left / 40);
    }
    assertEquals([result.count, result.classes, result.preset], [40, 10, "torchattacks"]);
    assertEquals(result.selfCheck.disagreements, 0);
    assert(result.selfCheck.largestChange <= small.epsilon);
  }
});

Deno.test("autoAttack() gives the same seed the same images, and goes on from where it was stopped with the same numbers", () =>
  withFolder(async (folder) => {
    for (const preset of ["torchattacks", "standard"] as const) {
      const small = { ...first!, preset, epsilon: 0.025, count: 12, batchSize: 5 };
      // Without the hashed random numbers.
      const seeded = { seed: 3, targets: 2, queries: 40, random: undefined } as unknown as Partial<
        AutoAttackOptions
      >;
      const whole = await attackSmall({ ...small, labels: small.labels.subarray(0, 12) }, seeded);
      const state = { file: `${folder}/${preset}.safetensors` };
      let stops = 0;
      const labels = small.labels.subarray(0, 12);
      const run = (calls: number) => {
        let seen = 0;
        const onProgress = () => {
          if (seen++ < calls) return;
          stops++;
          throw "enough";
        };
        return attackSmall({ ...small, labels }, { ...seeded, state, onProgress });
      };
      for (const calls of [1, 3, 6]) {
        await run(calls).then(() => {}, (reason) => assertEquals(reason, "enough"));
      }
      const resumed = await run(Infinity);
      assert(stops >= 2, `${preset}: stopped ${stops} times`);
      assertEquals(resumed.adversarial, whole.adversarial, preset);
      assertEquals(resumed.fooledBy, whole.fooledBy, preset);
      const counts = (result: typeof whole) =>
        result.log.map(({ attack, attacked, fooled }) => [attack, attacked, fooled]);
      assertEquals(counts(resumed), counts(whole), preset);
    }
  }));

Deno.test("autoAttack() refuses a state of another run, another network or a damaged one", () =>
  withFolder(async (folder) => {
    const state = { file: `${folder}/state.safetensors` };
    const small = { ...first!, epsilon: 0.5, count: 8, labels: first!.labels.subarray(0, 8) };
    await attackSmall(small, { state });
    await assertRejects(
      () => attackSmall({ ...small, epsilon: 0.4 }, { state }),
      TypeError,
      "other images, labels or settings",
    );
    const images = smallImages(8);
    const { model, dispose } = smallNetwork(10);
    const other: Predictor = (x) => model(x).mul(1.5);
    const options = { ...small, state, random: () => hashedSource(smallShape) };
    await assertRejects(
      () => autoAttack(other, images, small.labels, options),
      TypeError,
      "another network",
    );
    await Deno.truncate(state.file, 500);
    await assertRejects(() => attackSmall(small, { state }), TypeError, "move it away");
    dispose();
    images.dispose();
  }));

Deno.test("autoAttack() stops when its signal says so", async () => {
  const small = { ...first!, epsilon: 0.001 };
  await assertRejects(
    () => attackSmall(small, { signal: AbortSignal.abort(new Error("stop")) }),
    Error,
    "stop",
  );
  // Also while the clean images are looked at, by a timer.
  const { model, dispose } = smallNetwork(10);
  const images = smallImages(200);
  const stop = new AbortController();
  let calls = 0;
  const slow: Predictor = (x) => {
    if (calls++ === 0) setTimeout(() => stop.abort(new Error("stop")));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return model(x);
  };
  const options = { norm: "linf", epsilon: 0.1, batchSize: 1, captured: false } as const;
  await assertRejects(
    () => autoAttack(slow, images, new Int32Array(200), { ...options, signal: stop.signal }),
    Error,
    "stop",
  );
  assert(calls < 100, `${calls}`);
  dispose();
  images.dispose();
});

/** A linear classifier: robust in closed form, as long as no pixel meets its bounds. */
function linear(weights: readonly (readonly number[])[]) {
  const matrix = tf.tensor2d(weights.map((row) => [...row])).transpose();
  const model: Predictor = (images: Tensor4D) =>
    images.reshape([images.shape[0], -1]).matMul(matrix);
  return { model, dispose: () => matrix.dispose() };
}

Deno.test("autoAttack() of linear classifiers with 2 and 3 classes is the robust accuracy in closed form", async () => {
  for (const classes of [2, 3]) {
    const weights = Array.from(
      { length: classes },
      (_, k) => Array.from({ length: 8 }, (_, j) => Math.cos(1 + 3 * k + 5 * j)),
    );
    const { model, dispose } = linear(weights);
    const count = 30;
    // Around the middle of the box, so that no pixel of the ball leaves it.
    const pixels = Float32Array.from(
      { length: count * 8 },
      (_, i) => 0.5 + 0.2 * Math.sin(1 + 7 * i),
    );
    const images = tf.tensor4d(pixels, [count, 2, 4, 1]);
    const rows = Array.from({ length: count }, (_, i) => [...pixels.subarray(8 * i, 8 * i + 8)]);
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((s, x, j) => s + x * b[j]!, 0);
    const labels = rows.map((x) => {
      const logits = weights.map((w) => dot(w, x));
      return logits.indexOf(Math.max(...logits));
    });
    for (const norm of ["linf", "l2"] as const) {
      // The distance to the nearest decision boundary.
      const radii = rows.map((x, i) =>
        Math.min(...weights.flatMap((w, k) => {
          if (k === labels[i]) return [];
          const normal = w.map((value, j) => weights[labels[i]!]![j]! - value);
          const dual = norm === "linf"
            ? normal.reduce((s, v) => s + Math.abs(v), 0)
            : Math.hypot(...normal);
          return [dot(normal, x) / dual];
        }))
      );
      const sorted = radii.toSorted((a, b) => a - b);
      const epsilon = (sorted[14]! + sorted[15]!) / 2;
      const result = await autoAttack(model, images, labels, { norm, epsilon, queries: 50 });
      assertEquals([...result.fooled], radii.map((r) => Number(r < epsilon)), `${classes} ${norm}`);
      assertEquals(result.settings.targets, classes - 1);
      assertEquals(result.log.map(({ attack }) => attack), ["apgd-ce", "fab-t", "square"]);
      assert(result.warnings.some((text) => text.includes("DLR")));
    }
    dispose();
    images.dispose();
  }
});

Deno.test("autoAttack() with more targets than classes fails when a target is missing, and only then", async () => {
  const small = { ...smallCases()[1]!, count: 12 };
  const part = { ...small, labels: small.labels.subarray(0, 12) };
  const easy = await attackSmall({ ...part, epsilon: 0.5 }, { targets: 9, queries: 50 });
  assertEquals(easy.robustAccuracy, 0);
  assert(easy.warnings.some((text) => text.includes("3 targets are possible, not 9")));
  await assertRejects(
    () => attackSmall({ ...part, epsilon: 1e-4 }, { targets: 9 }),
    RangeError,
    "at most 3 targets",
  );
});

Deno.test("autoAttack() warns of probabilities, and refuses a model that is not a function of the image", async () => {
  const small = { ...first!, count: 10, labels: first!.labels.subarray(0, 10), epsilon: 0.5 };
  const { model, dispose } = smallNetwork(10);
  const images = smallImages(10);
  const options = { norm: "linf", epsilon: 0.5 } as const;
  const probable = await autoAttack((x) => model(x).softmax(), images, small.labels, options);
  assert(probable.warnings.some((text) => text.includes("probabilities")));
  let calls = 0;
  // Another sign at every third call.
  const fickle: Predictor = (x) => model(x).mul(calls++ % 3 === 0 ? 1 : -1);
  await assertRejects(
    () => autoAttack(fickle, images, small.labels, { ...options, captured: false }),
    Error,
    "looked at again",
  );
  // As a captured step it is not even recorded.
  await assertRejects(
    () => autoAttack(fickle, images, small.labels, options),
    TypeError,
    "AutoAttack's logits cannot be captured: input 1 of Mul is made anew",
  );
  dispose();
  images.dispose();
});

Deno.test("autoAttack() says what is wrong with its arguments", async () => {
  const { model, dispose } = smallNetwork(4);
  const images = smallImages(2);
  const good = { norm: "linf", epsilon: 0.1 } as const;
  const wrong: [Parameters<typeof autoAttack>, new (m: string) => Error, string][] = [
    [[model, images, [0], good], TypeError, "1 labels"],
    [[model, images, [0, 4], good], RangeError, "0 .. 3"],
    [[model, images, [0, 1], { ...good, epsilon: 0 }], RangeError, "epsilon"],
    [[model, images, [0, 1], { ...good, norm: "l1" as "l2" }], RangeError, "l1"],
    [[model, images, [0, 1], { ...good, preset: "plus" as "standard" }], RangeError, "plus"],
    [[model, images, [0, 1], { ...good, batchSize: 0 }], RangeError, "batchSize"],
    [[model, images, [0, 1], { ...good, targets: 1.5 }], RangeError, "targets"],
    [[model, images, [0, 1], { ...good, seed: 0.5 }], RangeError, "0.5"],
    [[(x) => model(x).sum(), images, [0, 1], good], TypeError, "wanted logits"],
    [[(x) => model(x).div(0), images, [0, 1], good], RangeError, "not finite"],
  ];
  for (const [args, type, text] of wrong) {
    await assertRejects(() => autoAttack(...args), type, text);
  }
  const bright = images.mul(2) as Tensor4D;
  await assertRejects(() => autoAttack(model, bright, [0, 1], good), RangeError, "[0, 1]");
  tf.dispose([images, bright]);
  dispose();
});

Deno.test("autoAttack() takes labels as a tensor", async () => {
  const { model, dispose } = smallNetwork(10);
  const images = smallImages(4);
  const labels = tf.tensor1d(first!.labels.slice(0, 4), "int32");
  const { cleanAccuracy } = await autoAttack(model, images, labels, { norm: "l2", epsilon: 5 });
  assertAlmostEquals(cleanAccuracy, 0.75, 1e-12);
  tf.dispose([images, labels]);
  dispose();
});

Deno.test("autoAttack() takes a network or a model of tf.layers as well, and says what else is wanted", async () => {
  const { model, dispose } = smallNetwork(5);
  const images = smallImages(6);
  const labels = [0, 1, 2, 3, 4, 0];
  const options = { norm: "linf", epsilon: 0.1, queries: 10 } as const;
  const expected = await autoAttack(model, images, labels, options);
  const network = {
    forward: (batch: Tensor4D, { training }: { training: boolean }) => {
      assert(!training);
      return model(batch);
    },
  };
  const layers = {
    apply: (batch: Tensor4D, { training }: { training: boolean }) => {
      assert(!training);
      return model(batch);
    },
  };
  for (const other of [network, layers]) {
    assertEquals((await autoAttack(other, images, labels, options)).fooled, expected.fooled);
  }
  for (const wrong of [undefined, null, {}, "resnet18", [model]]) {
    await assertRejects(
      () => autoAttack(wrong as unknown as Predictor, images, labels, options),
      TypeError,
      "wanted a function from images",
    );
  }
  images.dispose();
  dispose();
});

Deno.test("autoAttack() fools the same images by the same attacks with captured iterations as op by op, in fewer rows or not", async () => {
  const { model, dispose } = smallNetwork(10);
  const images = smallImages(20);
  const labels = tf.tidy(() => model(images).argMax(1).dataSync<"int32">());
  const before = tf.memory().numTensors;
  for (const [norm, epsilon] of [["linf", 0.02], ["l2", 0.14]] as const) {
    for (const earlyStop of [true, false]) {
      const options = { norm, epsilon, earlyStop, iterations: 8, queries: 60, batchSize: 13 };
      const captured = await autoAttack(model, images, labels, options);
      const again = await autoAttack(model, images, labels, options);
      assertEquals(again.adversarial, captured.adversarial);
      const plain = await autoAttack(model, images, labels, { ...options, captured: false });
      assertEquals(captured.fooledBy, plain.fooledBy, `${norm}, earlyStop ${earlyStop}`);
      assert(plain.fooled.includes(0) && plain.fooled.includes(1));
    }
  }
  assertEquals(tf.memory().numTensors, before);
  dispose();
  images.dispose();
});
