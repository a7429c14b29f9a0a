/**
 * Table 1 of the paper, to its two decimals. Its logits are lost; these give all its numbers, with the exponent 1/2
 * and the margin 1/2 that the table itself pins down.
 */
import { assertEquals } from "@std/assert";
import { crossEntropy, highErrorMargin, logitNorm, multiMargin } from "../../lib/losses/mod.ts";
import { batchOf, valueOf } from "./evaluate.ts";

const rows: [logits: number[], ce: string, ln: string, mm: string, hem: string][] = [
  [[2, 0, 0, 0], "0.34", "0.00", "0.00", "0.00"],
  [[0.5, 0, 0, 0], "1.04", "0.00", "0.00", "0.00"],
  [[0.5, 0.2, -0.1, -0.2], "1.02", "0.00", "0.11", "0.45"],
  [[0.6, 0.5, 0, -0.7], "1.00", "0.09", "0.16", "0.63"],
  [[0.3, 0.4, -0.3, -3.6], "0.98", "1.10", "0.19", "0.77"],
  [[0, 1, 0, 0], "1.74", "25.00", "0.66", "0.88"],
];
const root = { margin: 0.5, exponent: 0.5 };
const columns = [crossEntropy(), logitNorm(), multiMargin(root), highErrorMargin(root)];

for (const [logits, ...expected] of rows) {
  Deno.test(`crossEntropy(), logitNorm(), multiMargin(), highErrorMargin() of (${logits})`, () => {
    const batch = batchOf([logits], [0]);
    assertEquals(columns.map((loss) => valueOf(loss, batch).toFixed(2)), expected);
  });
}
