import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { hyperplaneProjection } from "../../lib/attacks/hyperplane_projection.ts";
import { generator } from "../../lib/random/mod.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import fixture from "../fixtures/attacks/projections.json" with { type: "json" };

type Norm = "linf" | "l2";

/** The projections of points t onto w.v = b, all of one length. */
function project(cases: readonly { t: number[]; w: number[]; b: number }[], norm: Norm) {
  const excess = cases.map(({ t, w, b }) => t.reduce((sum, x, i) => sum + x * w[i]!, -b));
  return tf.tidy(() =>
    hyperplaneProjection(
      tf.tensor2d(cases.map(({ t }) => t)),
      tf.tensor2d(cases.map(({ w }) => w)),
      tf.tensor2d(excess, [cases.length, 1]),
      norm,
    ).arraySync() as number[][]
  );
}

function assertClose(actual: readonly number[], expected: readonly number[], what: string) {
  expected.forEach((x, i) => assertAlmostEquals(actual[i]!, x, 2e-6, `${what}, entry ${i}`));
}

// The closed form by hand; b = -2 is the corner exactly, b = -5 is out of reach.
const t = [0.2, 0.9, 0.5, 0];
const w = [1, -2, 0.5, 0];
const byHand = [
  { b: -1, linf: [0.1, -0.1, 0.1, 0], l2: [0.066667, -0.133333, 0.033333, 0] },
  { b: -0.5, linf: [0.242857, -0.242857, 0.242857, 0], l2: [0.161905, -0.323810, 0.080952, 0] },
  { b: 1, linf: [0.7, -0.7, 0.5, 0], l2: [0.447619, -0.895238, 0.223810, 0] },
  { b: -2, linf: [-0.2, 0.1, -0.5, 0], l2: [-0.2, 0.1, -0.5, 0] },
  { b: -5, linf: [-0.2, 0.1, -0.5, 0], l2: [-0.2, 0.1, -0.5, 0] },
];

Deno.test("hyperplaneProjection() gives the closed form's values", () => {
  for (const norm of ["linf", "l2"] as const) {
    const found = project(byHand.map(({ b }) => ({ t, w, b })), norm);
    byHand.forEach((row, i) => assertClose(found[i]!, row[norm], `${norm}, b = ${row.b}`));
  }
});

Deno.test("hyperplaneProjection() in L-infinity is as short as the linear program's optimum, and reaches the plane", () => {
  const found = project(fixture.cases, "linf");
  fixture.cases.forEach(({ t, w, b, length }, i) => {
    const d = found[i]!;
    assertAlmostEquals(Math.max(...d.map(Math.abs)), length, 3e-6, `case ${i}: length`);
    d.forEach((x, k) => assert(t[k]! + x >= -1e-6 && t[k]! + x <= 1 + 1e-6, `case ${i}: box`));
    const rest = w.reduce((sum, x, k) => sum + x * (t[k]! + d[k]!), -b);
    assertAlmostEquals(rest, 0, 1e-5, `case ${i}: plane`);
  });
});

Deno.test("hyperplaneProjection() in L2 is the minimum that SciPy finds", () => {
  const found = project(fixture.cases, "l2");
  fixture.cases.forEach(({ l2 }, i) =>
    l2.forEach((x, k) => assertAlmostEquals(found[i]![k]!, x, 2e-5, `case ${i}, entry ${k}`))
  );
});

Deno.test("hyperplaneProjection() goes to the corner where the plane is out of reach, and nowhere for a zero normal", () => {
  for (const norm of ["linf", "l2"] as const) {
    assertEquals(project([{ t: [0.3, 0.6], w: [0, 0], b: 1 }], norm)[0]!.map(Math.abs), [0, 0]);
    const [corner] = project([{ t: [0.25, 0.75], w: [1, -1], b: 9 }], norm);
    assertEquals(corner, [0.75, -0.75]);
  }
});

Deno.test("hyperplaneProjection() keeps its digits on large images", () => {
  // 32 x 32 x 3 pixels; the sums in float64.
  const draw = generator(3, "projection");
  const size = 3072;
  const t = Array.from({ length: size }, () => Math.fround(draw.uniform()));
  const w = Array.from({ length: size }, () => Math.fround(draw.normal()));
  const at = t.reduce((sum, x, i) => sum + x * w[i]!, 0);
  for (const norm of ["linf", "l2"] as const) {
    const [d] = project([{ t, w, b: at - 100 }], norm);
    const moved = d!.reduce((sum, x, i) => sum + x * w[i]!, 0);
    assertAlmostEquals(moved, -100, 1e-4, norm);
  }
});
