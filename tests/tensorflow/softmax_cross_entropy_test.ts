import { assert, assertThrows } from "@std/assert";
import { softmaxCrossEntropy, tf } from "../../lib/tensorflow/mod.ts";

/** Enough rows for the way of many logits, which are the few given ones over and over. */
const REPEATS = 2 ** 15;

Deno.test("softmaxCrossEntropy() of many logits equals float64's, also where probabilities vanish", () => {
  const rows = [
    [0.5, -1, 2, 0.25],
    [200, 0, -200, 100],
    [-1e4, 0, 1e4, 3],
    [0, 0, 0, 0],
    [20, 0, 1, -3],
    [88, -88, 87, 0],
  ];
  const labels = [2, 0, 0, 3, 0, 1];
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const logits = tf.tile(tf.tensor2d(rows), [REPEATS, 1]);
    const [losses, gradient] = softmaxCrossEntropy(
      logits,
      tf.tile(tf.tensor1d(labels, "int32"), [REPEATS]),
    );
    const [found, slopes] = [losses.dataSync(), gradient.dataSync()];
    for (let n = 0; n < found.length; n++) {
      const row = rows[n % rows.length]!;
      const label = labels[n % rows.length]!;
      const largest = Math.max(...row);
      const sum = row.reduce((sum, y) => sum + Math.exp(y - largest), 0);
      const loss = largest + Math.log(sum) - row[label]!;
      // float32's rounding of the logits, and of a logarithm near 0.
      assert(Math.abs(found[n]! - loss) <= 2e-7 * Math.max(1, largest), `${found[n]} for ${loss}`);
      row.forEach((y, c) => {
        const slope = Math.exp(y - largest) / sum - (c === label ? 1 : 0);
        assert(Math.abs(slopes[4 * n + c]! - slope) <= 3e-7, `${slopes[4 * n + c]} for ${slope}`);
      });
      // All rows are the same six: the first thousand, and the last.
      if (n === 6000) n = found.length - 7;
    }
  });
  assert(tf.memory().numTensors === before);
});

Deno.test("softmaxCrossEntropy() throws for a label that is no class, however many there are", () => {
  for (const count of [4, 2 ** 17]) {
    tf.tidy(() => {
      const labels = tf.fill([count], 3, "int32");
      assertThrows(() => {
        const [losses] = softmaxCrossEntropy(tf.zeros([count, 3]), labels);
        losses.dataSync();
      });
    });
  }
});
