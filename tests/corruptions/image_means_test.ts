import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { imageCorruptionLists, imageCorruptionMeans } from "../../lib/corruptions/mod.ts";

Deno.test("imageCorruptionMeans() averages all severities of every list, unweighted", () => {
  const values = new Map<string, number>();
  for (const name of imageCorruptionLists["19"]) {
    const value = name === "glass_blur" ? 0.1 : name === "spatter" ? 0.9 : 0.5;
    for (let severity = 1; severity <= 5; severity++) values.set(`${name}/${severity}`, value);
  }
  values.set("clean", 1);
  const means = imageCorruptionMeans(values);
  assertAlmostEquals(means["15"].mean, (14 * 0.5 + 0.1) / 15, 1e-12);
  assertAlmostEquals(means["18"].mean, (17 * 0.5 + 0.9) / 18, 1e-12);
  assertAlmostEquals(means["19"].mean, (17 * 0.5 + 0.1 + 0.9) / 19, 1e-12);
  assertEquals([means["15"].sets, means["18"].of, means["19"].of], [75, 90, 95]);
});

Deno.test("imageCorruptionMeans() says of how many sets a mean is", () => {
  const means = imageCorruptionMeans(new Map([["fog/1", 0.25], ["fog/2", 0.75]]));
  assertEquals(means["18"], { mean: 0.5, sets: 2, of: 90 });
  assert(Number.isNaN(imageCorruptionMeans(new Map())["19"].mean));
});
