/** Initial values: their bounds and distribution, and what they depend on. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { BatchNorm, Initialiser, Linear, PReLU } from "../../lib/layers/mod.ts";

/** The largest distance of the values' distribution function from that of U(low, high) (Kolmogorov-Smirnov). */
function distanceFromUniform(values: Float32Array, low: number, high: number): number {
  const sorted = values.slice().sort();
  return sorted.reduce((most, value, i) => {
    const wanted = (value - low) / (high - low);
    const [below, above] = [i / sorted.length, (i + 1) / sorted.length];
    return Math.max(most, Math.abs(wanted - below), Math.abs(wanted - above));
  }, 0);
}

for (const [size, fanIn] of [[20_000, 25], [6400, 400], [50, 256]] as const) {
  Deno.test(`Initialiser.uniformByFanIn() draws ${size} values of U(-1/sqrt(${fanIn}), 1/sqrt(${fanIn}))`, () => {
    const bound = 1 / Math.sqrt(fanIn);
    for (const seed of [0, 1, 2]) {
      const values = new Initialiser(seed).for("conv1").uniformByFanIn(size, fanIn);
      assertEquals(values.length, size);
      assert(values.every((value) => Math.abs(value) <= bound * (1 + 2 ** -23)));
      // Exceeded by chance once in 100,000 draws of such values: sqrt(-ln(alpha / 2) / 2) with alpha = 1e-5.
      assert(distanceFromUniform(values, -bound, bound) < 2.47 / Math.sqrt(size));
    }
  });
}

Deno.test("Initialiser gives numbers that depend on the seed and the names alone", () => {
  const draw = (seed: number, ...names: string[]) =>
    names.reduce((initialiser, name) => initialiser.for(name), new Initialiser(seed))
      .uniformByFanIn(10, 4);
  const first = draw(7, "conv1", "weight");
  draw(7, "conv2", "weight");
  assertEquals(draw(7, "conv1", "weight"), first);
  assertNotEquals(draw(8, "conv1", "weight"), first);
  assertNotEquals(draw(7, "conv2", "weight"), first);
  assertNotEquals(draw(7, "conv1", "bias"), first);
});

Deno.test("Linear draws weight and bias by the same bound, and from streams of their own", async () => {
  const layer = new Linear(100, 100, { initialiser: new Initialiser(3) });
  const [weight, bias] = await Promise.all(
    [...layer.parameters().values()].map((parameter) => parameter.read()),
  );
  assertEquals([...layer.parameters().keys()], ["weight", "bias"]);
  assert(bias!.every((value) => Math.abs(value) <= 0.1 + 1e-8));
  assert(bias!.some((value) => Math.abs(value) > 0.05));
  assertNotEquals(weight!.slice(0, 100), bias);
  layer.dispose();
});

Deno.test("BatchNorm and PReLU start from PyTorch's constants", async () => {
  const [norm, prelu] = [new BatchNorm(2), new PReLU()];
  const values = async (variables: ReadonlyMap<string, { read(): Promise<Float32Array> }>) =>
    Object.fromEntries(
      await Promise.all(
        [...variables].map(async ([name, variable]) => [name, [...await variable.read()]]),
      ),
    );
  assertEquals(await values(norm.parameters()), { weight: [1, 1], bias: [0, 0] });
  assertEquals(await values(norm.buffers()), { running_mean: [0, 0], running_var: [1, 1] });
  assertEquals(await values(prelu.parameters()), { weight: [0.25] });
  norm.dispose();
  prelu.dispose();
});
