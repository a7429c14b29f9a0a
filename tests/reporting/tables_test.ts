import { assertEquals, assertStringIncludes } from "@std/assert";
import { losses } from "../../lib/losses/mod.ts";
import { buildNetwork, networkNames } from "../../lib/models/mod.ts";
import { lossCurves, table01, table02 } from "../../lib/reporting/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";

Deno.test("table01() gives the paper's 24 values to two decimals", () => {
  const table = table01(tf, losses);
  assertStringIncludes(table.caption, "24 of 24 values agree");
  assertEquals(table.rows[5]!.ln, "25.00 / 25.00");
});

Deno.test("table02() counts the networks that are built and shows the others as missing", () => {
  const table = table02(buildNetwork, ["lenet", "convnet", "mlp"]);
  assertEquals(
    table.rows.slice(0, 3).map(({ ours, difference }) => [ours, difference]),
    [["20,194", "0"], ["30,954", "0"], ["239,410", "0"]],
  );
  assertEquals(table.rows[3]!.ours, "not built yet");
  assertEquals(table.missing.length, 12);
  assertEquals(["lenet", "convnet", "mlp"].every((name) => networkNames.includes(name)), true);
});

Deno.test("lossCurves() leaves no tensor behind, and CE has its closed form where logits tie", () => {
  const before = tf.memory().numTensors;
  const rows = lossCurves(tf, losses);
  assertEquals(tf.memory().numTensors, before);
  const ce = rows.find(({ loss, competitor }) => loss === "ce" && competitor === 0)!;
  // -log softmax of one of (0, 0, -1, -1).
  const expected = Math.log(2 + 2 * Math.exp(-1));
  assertEquals(ce.value.toFixed(5), expected.toFixed(5));
  assertEquals(ce.competitorGradient.toFixed(5), Math.exp(-expected).toFixed(5));
});
