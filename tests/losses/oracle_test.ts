/** Every loss against PyTorch in float64: tests/oracles/losses.py made the numbers. */
import { assert, assertAlmostEquals } from "@std/assert";
import { decodeSafetensors } from "../../lib/formats/mod.ts";
import * as losses from "../../lib/losses/mod.ts";
import type { Loss } from "../../lib/losses/mod.ts";
import { distance, evaluate, size } from "./evaluate.ts";

const file = new URL("../fixtures/losses/random_logits.safetensors", import.meta.url);
const { tensors, metadata } = decodeSafetensors(Deno.readFileSync(file));
const cases = JSON.parse(metadata["cases"]!) as Record<
  string,
  { ignoreLabel: number | null; classCounts: number[] }
>;
const variants = JSON.parse(metadata["variants"]!) as Record<
  string,
  { factory: string; options: Record<string, unknown> }
>;

for (const [name, { factory, options }] of Object.entries(variants)) {
  for (const [where, { ignoreLabel, classCounts }] of Object.entries(cases)) {
    Deno.test(`${factory}() as ${name} equals PyTorch in the case ${where}`, () => {
      const make = (losses as unknown as Record<string, (o: unknown) => Loss>)[factory]!;
      const loss = make({
        ...options,
        ...(factory === "logitAdjusted" ? { classCounts } : {}),
        ...(options["margin"] === "per class"
          ? { margin: losses.hemPlusMargins(classCounts) }
          : {}),
        ...(ignoreLabel === null ? {} : { ignoreLabel }),
      });
      const stored = (key: string) => tensors.get(`${where}.${key}`)!;
      const logits = stored("logits");
      const { value, gradient } = evaluate(loss, {
        shape: logits.shape,
        logits: logits.data as Float32Array,
        labels: stored("labels").data as Int32Array,
      });
      const expected = stored(`${name}.value`).data[0] as number;
      assertAlmostEquals(value, expected, 2e-6 * Math.max(1, Math.abs(expected)));
      const slopes = stored(`${name}.gradient`).data as Float32Array;
      assert(
        distance(gradient, slopes) <= 2e-5 * size(slopes),
        `gradient off by ${distance(gradient, slopes)} of ${size(slopes)}`,
      );
    });
  }
}
