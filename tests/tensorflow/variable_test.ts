/** Variables against the arrays that they are given. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Derived, tf, Variable } from "../../lib/tensorflow/mod.ts";

Deno.test("a variable keeps its values when the array that it was given is written to", async () => {
  // TensorFlow shares memory that is aligned to 64 bytes: one of these arrays is, wherever their buffer lies.
  for (const count of [16, 1024]) {
    const buffer = new ArrayBuffer(4 * (count + 16));
    for (let offset = 0; offset < 16; offset++) {
      const values = new Float32Array(buffer, 4 * offset, count);
      const first = new Variable(values.fill(1), [count]);
      const second = new Variable(new Float32Array(count), [count]);
      second.assign(values);
      values.fill(2);
      const kept = [...await first.read(), ...await second.read()];
      assertEquals(kept.filter((value) => value !== 1), [], `${count} numbers from ${offset}`);
      first.dispose();
      second.dispose();
    }
  }
});

Deno.test("what cannot be derived from a variable leaves the value that was read of it, and no other", () => {
  const v = new Variable(Float32Array.of(1), [1]);
  const value = v.value;
  const derived = new Derived([v], () => {
    v.value.square();
    throw new RangeError("half-way");
  });
  const before = tf.memory().numTensors;
  assertThrows(() => derived.tensors, RangeError, "half-way");
  assert(v.value === value);
  assertEquals(tf.memory().numTensors, before);
  v.dispose();
});
