import { assert, assertEquals } from "@std/assert";
import { measureSpeed, tf } from "../../lib/tensorflow/mod.ts";

Deno.test("measureSpeed() finds a speed that a device can have, and leaves nothing behind", async () => {
  const before = tf.memory().numTensors;
  const speed = await measureSpeed(0);
  // Between a core of long ago and a hundred of today's GPUs.
  assert(speed > 1e8 && speed < 1e17, String(speed));
  assertEquals(tf.memory().numTensors, before);
});
