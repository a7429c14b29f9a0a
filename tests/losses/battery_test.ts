/** The same questions to every loss. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { generator } from "../../lib/random/mod.ts";
import { constantCount, tf } from "../../lib/tensorflow/mod.ts";
import { type Batch, batchOf, distance, evaluate, randomBatch, size, valueOf } from "./evaluate.ts";
import { marginLosses, means, table } from "./table.ts";

const names = Object.keys(table);

function finite(values: ArrayLike<number>): boolean {
  return Array.from(values).every(Number.isFinite);
}

for (const name of names) {
  const make = table[name]!;

  Deno.test(`${name}: the gradient is the slope of the value`, () => {
    // Central differences in float32: errors of some 1e-3 of the gradient's size. HEM's threshold and numbers are
    // detached, and do not move in so small a step.
    const batch = randomBatch([4, 5], { seed: 3 });
    const loss = make({ classes: 5 });
    const { gradient } = evaluate(loss, batch);
    const step = 2e-3;
    const slopes = batch.logits.map((_, i) => {
      const moved = (by: number) =>
        valueOf(loss, { ...batch, logits: batch.logits.map((x, j) => i === j ? x + by : x) });
      return (moved(step) - moved(-step)) / (2 * step);
    });
    assert(distance(slopes, gradient) < 5e-3 * size(gradient) + 1e-4);
  });

  Deno.test(`${name}: value and gradient are finite at the kinks and for great logits`, () => {
    const loss = make({ classes: 4 });
    const kinks = [
      [0, 0, 0, 0],
      [0.5, 0, 0, 0],
      [0.2, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 0.5, 0.5, -0.5],
      [1e-38, 0, -1e-38, 0],
      [0.5, 1e-30, 0, 0],
    ];
    const great = [[1e4, 0, 0, 0], [0, 1e4, 0, 0], [-1e4, 1e4, 0, 1e4], [1e4, 1e4, 1e4, 1e4]];
    for (const rows of [...kinks.map((row) => [row]), kinks, ...great.map((row) => [row]), great]) {
      const { value, gradient } = evaluate(loss, batchOf(rows, rows.map(() => 0)));
      assert(Number.isFinite(value) && finite(gradient), `${JSON.stringify(rows)}: ${value}`);
    }
  });

  Deno.test(`${name}: NaN among the logits shows in the value`, () => {
    for (const place of [0, 2, 6]) {
      const batch = randomBatch([3, 4], { seed: 5 });
      batch.logits[place] = NaN;
      batch.labels.fill(0);
      assert(Number.isNaN(valueOf(make({ classes: 4 }), batch)));
    }
  });

  Deno.test(`${name}: a permutation of the classes changes nothing`, () => {
    const classes = 7;
    const order = [3, 0, 6, 1, 5, 2, 4]; // new class -> old class
    const permute = <T>(perClass: T[]) => order.map((old) => perClass[old]!);
    const batch = randomBatch([6, classes], { seed: 7 });
    const rows = Array.from(
      { length: 6 },
      (_, n) => permute([...batch.logits.slice(n * classes, (n + 1) * classes)]),
    );
    const permuted = batchOf(rows, [...batch.labels].map((label) => order.indexOf(label)));
    const one = evaluate(make({ classes }), batch);
    const other = evaluate(make({ classes, permute }), permuted);
    assertAlmostEquals(other.value, one.value, 1e-6);
    const expected = Array.from(
      { length: 6 },
      (_, n) => permute([...one.gradient.slice(n * classes, (n + 1) * classes)]),
    ).flat();
    assert(distance(other.gradient, expected) < 1e-6);
  });

  Deno.test(`${name}: ignored samples are as if they were not there`, () => {
    for (const ignoreLabel of [-1, 255, 2]) {
      const loss = make({ classes: 5, ignoreLabel });
      const batch = randomBatch([20, 5], { seed: 11, ignoreLabel, ignored: 0.4 });
      const kept = [...batch.labels.keys()].filter((n) => batch.labels[n] !== ignoreLabel);
      assert(kept.length > 5 && kept.length < 20);
      const row = (of: Float32Array, n: number) => [...of.slice(5 * n, 5 * n + 5)];
      const removed = batchOf(
        kept.map((n) => row(batch.logits, n)),
        kept.map((n) => batch.labels[n]!),
      );
      const one = evaluate(loss, batch);
      const other = evaluate(make({ classes: 5 }), removed);
      assertAlmostEquals(one.value, other.value, 1e-6);
      assert(distance(kept.flatMap((n) => row(one.gradient, n)), other.gradient) < 1e-6);
      const ignored = [...batch.labels.keys()].filter((n) => !kept.includes(n));
      assertEquals(size(ignored.flatMap((n) => row(one.gradient, n))), 0);
      assertAlmostEquals(valueOf(loss, removed), other.value, 1e-6);
    }
  });

  Deno.test(`${name}: what ignored samples hold shows nowhere, not even NaN and infinities`, () => {
    const loss = make({ classes: 5, ignoreLabel: 255 });
    const batch = randomBatch([20, 5], { seed: 11, ignoreLabel: 255, ignored: 0.4 });
    const expected = evaluate(loss, batch);
    const ignored = [...batch.labels.keys()].filter((n) => batch.labels[n] === 255);
    const fill = (at: (n: number, i: number) => number) => {
      const logits = batch.logits.slice();
      for (const n of ignored) for (let i = 0; i < 5; i++) logits[5 * n + i] = at(n, i);
      return { ...batch, logits };
    };
    for (const odd of [NaN, Infinity, -Infinity, 3e38]) {
      // Whole rows, the first class alone, whose entry stands for the ignored label, and another class alone.
      for (const where of [[0, 1, 2, 3, 4], [0], [3]]) {
        const spoiled = fill((n, i) => where.includes(i) ? odd : batch.logits[5 * n + i]!);
        assertEquals(evaluate(loss, spoiled), expected, `${odd} in ${where}`);
      }
    }
  });

  Deno.test(`${name}: nothing but ignored samples gives 0 and no gradient`, () => {
    for (const shape of [[3, 4], [1, 2, 3, 4]]) {
      const batch = randomBatch(shape, { seed: 13, ignoreLabel: 255, ignored: 1 });
      const { value, gradient } = evaluate(make({ classes: 4, ignoreLabel: 255 }), batch);
      assertEquals(value, 0);
      assertEquals(size(gradient), 0);
    }
  });

  Deno.test(`${name}: a pixel is a sample`, () => {
    const pixels = randomBatch([2, 3, 4, 5], { seed: 17 });
    const loss = make({ classes: 5 });
    assertEquals(evaluate(loss, pixels), evaluate(loss, { ...pixels, shape: [24, 5] }));
  });

  Deno.test(`${name}: scales its gradient by what comes from above, and is no one's constant`, () => {
    const batch = randomBatch([4, 5], { seed: 19 });
    const loss = make({ classes: 5 });
    const tripled = evaluate(
      (logits, labels) => loss(logits, labels).mul(3) as ReturnType<typeof loss>,
      batch,
    );
    const { gradient } = evaluate(loss, batch);
    assert(distance(tripled.gradient, gradient.map((g) => 3 * g)) < 1e-5 * size(tripled.gradient));
  });

  Deno.test(`${name}: leaves no tensor behind, the first time or later`, () => {
    const { shape, logits, labels } = randomBatch([6, 5], { seed: 23, ignored: 0.3 });
    const x = tf.tensor(logits, shape), l = tf.tensor(labels, [6], "int32");
    const before = tf.memory().numTensors;
    let constants = 0;
    for (let i = 0; i < 3; i++) {
      const loss = make({ classes: 5, ignoreLabel: -1 });
      loss(x, l).dispose();
      const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(x, l))(x);
      tf.dispose([value, grad]);
      // Constants are made by the first use alone.
      constants ||= constantCount();
      assertEquals(constantCount(), constants);
    }
    assertEquals(tf.memory().numTensors, before);
    tf.dispose([x, l]);
  });

  Deno.test(`${name}: refuses what it is not for`, () => {
    const loss = make({ classes: 3 });
    const refuses = (x: number[], l: number[], types: ["float32" | "int32", "int32" | "float32"]) =>
      tf.tidy(() => {
        const logits = tf.zeros(x, types[0]), labels = tf.zeros(l, types[1]);
        assertThrows(() => loss(logits, labels), TypeError, "must be");
      });
    refuses([3], [1], ["float32", "int32"]);
    refuses([2, 2, 3], [2, 2], ["float32", "int32"]);
    refuses([2, 3], [2], ["int32", "int32"]);
    refuses([2, 3], [3], ["float32", "int32"]);
    refuses([2, 3], [2, 1], ["float32", "int32"]);
    refuses([2, 3], [2, 3], ["float32", "int32"]);
    refuses([2, 3], [2], ["float32", "float32"]);
    tf.tidy(() => {
      const nothing = tf.zeros([0, 3]), labels = tf.zeros([0], "int32");
      assertThrows(() => loss(nothing, labels), TypeError, "one sample");
    });
    assertThrows(() => make({ classes: 3, ignoreLabel: 0.5 }), RangeError, "ignoreLabel");
  });

  Deno.test(`${name}: a label out of range is an error on the CPU, and spoils nothing after`, () => {
    const loss = make({ classes: 4 });
    const batch = randomBatch([3, 4], { seed: 29 });
    const expected = valueOf(loss, batch);
    for (const label of [4, -1, 1 << 30]) {
      assertThrows(() => valueOf(loss, { ...batch, labels: Int32Array.of(0, label, 1) }), Error);
    }
    assertEquals(valueOf(loss, batch), expected);
  });
}

for (const name of means) {
  Deno.test(`${name}: the batch's loss is the mean of its samples'`, () => {
    const loss = table[name]!({ classes: 5 });
    const batch = randomBatch([6, 5], { seed: 31 });
    const single = (n: number): Batch => ({
      shape: [1, 5],
      logits: batch.logits.slice(5 * n, 5 * n + 5),
      labels: batch.labels.slice(n, n + 1),
    });
    const values = Array.from({ length: 6 }, (_, n) => valueOf(loss, single(n)));
    assertAlmostEquals(valueOf(loss, batch), values.reduce((a, b) => a + b) / 6, 2e-6);
  });
}

for (const name of marginLosses) {
  Deno.test(`${name}: is 0 with a gradient of 0 where every margin holds`, () => {
    const random = generator(1, "margins");
    const rows = Array.from({ length: 8 }, () => Array.from({ length: 5 }, () => random.uniform()));
    // The greatest margin in the table is sqrt(2000 / 50) = 6.3.
    const held = rows.map((row, n) => row.map((x, i) => i === n % 5 ? x + 8 : x));
    const { value, gradient } = evaluate(
      table[name]!({ classes: 5 }),
      batchOf(held, held.map((_, n) => n % 5)),
    );
    assertEquals(value, 0);
    assert(gradient.every((g) => g === 0));
  });
}
