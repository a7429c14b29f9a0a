import { assert, assertEquals } from "@std/assert";
import { Dropout } from "../../lib/layers/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

Deno.test("Dropout of channels drops each at all positions of a sample, and differs between samples", () => {
  tf.tidy(() => {
    const layer = new Dropout(0.5, "dropout", "channels");
    const x = tf.ones([6, 2, 3, 32]);
    const maps = layer.forward(x, { training: true, seed: 3 }).arraySync() as number[][][][];
    for (const map of maps) {
      for (const pixel of map.flat()) assertEquals(pixel, map[0]![0]);
      assert(map[0]![0]!.includes(0) && map[0]![0]!.includes(2));
    }
    assert(new Set(maps.map((map) => map[0]![0]!.join())).size > 1);
    assertEquals(layer.forward(x, { training: false, seed: 3 }), x);
    assertEquals(layer.forward(x, { training: true }), x);
  });
});
