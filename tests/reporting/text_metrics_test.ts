import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { textWidth, wrapText } from "../../lib/reporting/text_metrics.ts";

// Advances in 1/1000 em of Helvetica and of Helvetica-Bold, Adobe's metrics files (AFM), which Arial
// and Arimo share.
const helvetica = { H: 722, E: 667, M: 833, i: 222, " ": 278, "5": 556, "%": 889 };
const helveticaBold = { H: 722, i: 278, m: 889 };

Deno.test("textWidth() has the advances of Helvetica", () => {
  for (const [glyph, advance] of Object.entries(helvetica)) {
    assertAlmostEquals(textWidth(glyph, 1000), advance, 1);
  }
  for (const [glyph, advance] of Object.entries(helveticaBold)) {
    assertAlmostEquals(textWidth(glyph, 1000, "bold"), advance, 1);
  }
});

Deno.test("textWidth() adds the advances of a line and scales with the size", () => {
  assertAlmostEquals(textWidth("HEM", 10), (722 + 667 + 833) / 100, 0.03);
  assertAlmostEquals(textWidth("HEM", 20), 2 * textWidth("HEM", 10), 1e-9);
});

Deno.test("textWidth() kerns pairs", () => {
  assert(textWidth("AV", 10) < textWidth("A", 10) + textWidth("V", 10));
});

Deno.test("wrapText() breaks at spaces, keeps every word and the width", () => {
  const text = "Dots: mean over trials; bars: one standard deviation over trials.";
  const lines = wrapText(text, 120, 10);
  assertEquals(lines.join(" "), text);
  for (const line of lines) assert(textWidth(line, 10) <= 120);
});
