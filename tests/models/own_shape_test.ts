import { assertEquals, assertThrows } from "@std/assert";
import { buildNetwork, predictorOf } from "../../lib/models/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

/** Shapes that passed through the layers of a network built for the first one, and meant something else. */
const SHAPES: Record<string, [own: number[], other: number[]]> = {
  mlp: [[8, 8, 1], [4, 4, 4]],
  cl_mlp_400x2: [[8, 8, 1], [16, 4, 1]],
  convnet: [[28, 28, 1], [32, 32, 1]],
  lenet: [[28, 28, 1], [20, 44, 1]],
  vit_b_16: [[32, 32, 3], [32, 40, 3]],
};

for (const [name, [own, other]] of Object.entries(SHAPES)) {
  Deno.test(`${name} takes images of its own shape alone`, () => {
    const inputShape = own as [number, number, number];
    const network = buildNetwork(name, { classes: 2, inputShape, seed: "zeros" });
    const predict = predictorOf(network, { to: "evaluate" });
    tf.tidy(() => {
      assertEquals(predict(tf.zeros([1, ...own]) as never).shape, [1, 2]);
      assertThrows(
        () => predict(tf.zeros([1, ...other]) as never),
        TypeError,
        `images [${other.join(", ")}] that was built for [${own.join(", ")}]`,
      );
      assertThrows(() => network.forward(tf.zeros([1, ...other]), { training: false }), TypeError);
    });
    network.dispose();
  });
}
