import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as room from "../../lib/losses/mod.ts";
import { type Loss, losses, lossNames } from "../../lib/losses/mod.ts";
import { evaluate, randomBatch } from "./evaluate.ts";

const classCounts = [600, 300, 100];
const batch = randomBatch([16, 3], { seed: 1 });

function same(one: Loss, other: Loss): void {
  assertEquals(evaluate(one, batch), evaluate(other, batch));
}

Deno.test("losses has the paper's seven first, in the order of display", () => {
  assertEquals(lossNames.slice(0, 7), ["ce", "ln", "la", "dice", "mm", "hem", "hem_plus"]);
  assertEquals(Object.keys(losses).sort(), [...lossNames].sort());
});

Deno.test("losses makes each with the paper's settings", () => {
  same(losses.ce({ classCounts }), room.crossEntropy());
  same(losses.ln({ classCounts }), room.logitNorm({ temperature: 0.04 }));
  same(losses.la({ classCounts }), room.logitAdjusted({ classCounts, tau: 1 }));
  same(losses.dice({ classCounts }), room.dice({ denominator: "squared" }));
  same(losses.mm({ classCounts }), room.multiMargin({ margin: 1, exponent: 1 }));
  same(losses.hem({ classCounts }), room.highErrorMargin({ margin: Math.sqrt(2) }));
  const margin = classCounts.map((s) => Math.sqrt(2000 / (3 * s)));
  same(
    losses.hem_plus({ classCounts }),
    room.highErrorMargin({ margin, marginIndex: "target", exponent: 1 }),
  );
});

Deno.test("losses takes a trial's options", () => {
  const made = (name: room.LossName, options: Record<string, number | string>) =>
    losses[name]({ classCounts, options });
  same(made("ln", { temperature: 0.5 }), room.logitNorm({ temperature: 0.5 }));
  same(
    made("hem", { margin: 0.3, exponent: 0.5 }),
    room.highErrorMargin({ margin: 0.3, exponent: 0.5 }),
  );
  same(made("hem", { samples: 90 }), room.highErrorMargin({ margin: 0.3 }));
  same(made("mm", { ignoreLabel: 0 }), room.multiMargin({ ignoreLabel: 0 }));
  same(
    made("hem_plus", { samples: 500, marginIndex: "competitor" }),
    room.highErrorMargin({
      margin: room.hemPlusMargins(classCounts, { samples: 500 }),
      marginIndex: "competitor",
    }),
  );
});

Deno.test("losses makes MM's ablations with HEM's margin, and cross-entropy with a temperature", () => {
  const margin = Math.sqrt(2);
  same(
    losses.mm({ classCounts, options: { errors: "above_zero" } }),
    room.multiMarginAboveZero({ margin }),
  );
  same(
    losses.mm({ classCounts, options: { errors: "thresholded", margin: 1 } }),
    room.multiMarginThresholded({ margin: 1 }),
  );
  assertThrows(
    () => losses.mm({ classCounts, options: { errors: "some" } }),
    RangeError,
    "above_zero, thresholded",
  );
  const cold = evaluate(losses.ce({ classCounts, options: { temperature: 0.5 } }), batch);
  const doubled = evaluate(room.crossEntropy(), {
    ...batch,
    logits: batch.logits.map((value) => 2 * value),
  });
  assertAlmostEquals(cold.value, doubled.value, 1e-5);
  cold.gradient.forEach((slope, i) => assertAlmostEquals(slope, 2 * doubled.gradient[i]!, 1e-6));
});

Deno.test("losses refuses options that the loss does not have, or of another type", () => {
  const wrong = (name: room.LossName, options: Record<string, number | string>) => () =>
    losses[name]({ classCounts, options });
  assertThrows(wrong("ce", { margin: 1 }), RangeError, 'the loss "ce" has no option "margin"');
  assertThrows(wrong("hem", { margn: 1 }), RangeError, "it has margin, exponent");
  assertThrows(wrong("hem", { margin: "1" }), TypeError, "must be a number");
  assertThrows(wrong("hem", { samples: 0 }), RangeError, "samples must be");
  assertThrows(wrong("dice", { denominator: "cubed" }), RangeError, "one of squared, plain");
  assertThrows(wrong("dice", { denominator: 2 }), TypeError, "must be a string");
});

Deno.test("hemMargin() is the paper's 0.2 for CIFAR10 and 2 for 50 samples of each of its classes", () => {
  assertAlmostEquals(room.hemMargin(50000), 0.2, 1e-15);
  assertAlmostEquals(room.hemMargin(500), 2, 1e-15);
  assertThrows(() => room.hemMargin(0), RangeError, "above 0");
});

Deno.test("hemPlusMargins() falls with the root of a class's samples", () => {
  // CIFAR10-LT with imbalance 100: 5000 to 50 samples.
  const margins = room.hemPlusMargins([5000, 500, 50, 5000, 500, 50, 5000, 500, 50, 5000]);
  assertAlmostEquals(margins[0]!, 0.2, 1e-15);
  assertAlmostEquals(margins[1]!, Math.sqrt(0.4), 1e-15);
  assertAlmostEquals(margins[2]!, 2, 1e-15);
  assertThrows(() => room.hemPlusMargins([3, 0]), RangeError, "class 1 has none");
});
