import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Figure,
  figure02,
  figure03,
  figure04,
  lossesFigure,
  renderPng,
  renderSvg,
  resultsOf,
} from "../../lib/reporting/mod.ts";
import { assertSnapshot, normaliseSvg } from "./snapshot.ts";
import { syntheticRecords } from "./synthetic.ts";

const results = resultsOf("5.1", "preview", syntheticRecords());
const curves = (["ce", "hem"] as const).flatMap((loss) =>
  [-4, 0, 4].map((competitor) => ({
    loss,
    competitor,
    value: Math.max(0, competitor),
    competitorGradient: competitor > 0 ? 1 : 0,
    targetGradient: competitor > 0 ? -1 : 0,
  }))
);
const figures: Figure[] = [
  figure02(results),
  figure03(results),
  figure04(results),
  lossesFigure(curves),
];

for (const figure of figures) {
  Deno.test(`${figure.name} keeps its specification and its drawing`, async () => {
    const svg = await renderSvg(figure.spec);
    assertSnapshot(`${figure.name}.vl.json`, JSON.stringify(figure.spec, null, 1) + "\n");
    assertSnapshot(`${figure.name}.svg`, normaliseSvg(svg));
  });
}

Deno.test("renderSvg() gives the same bytes each time, whatever was drawn before", async () => {
  const first = await renderSvg(figures[2]!.spec);
  await renderSvg(figures[0]!.spec);
  assertEquals(await renderSvg(figures[2]!.spec), first);
});

Deno.test("renderPng() draws two pixels per px of the drawing", async () => {
  const svg = await renderSvg(figures[0]!.spec);
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)![1]);
  const png = renderPng(svg);
  assertEquals([...png.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
  const pixels = new DataView(png.buffer).getUint32(16);
  assert(Math.abs(pixels - 2 * width) <= 2, `${pixels} pixels for ${width} px`);
});

Deno.test("figures name scale, trials, reduced runs and what is missing", async () => {
  const svg = (await renderSvg(figures[0]!.spec)).replace(/<[^>]*>/g, " ");
  assertStringIncludes(svg, "Preview scale. MNIST: 12,000 training images, 3 epochs, 3 trials");
  assertStringIncludes(svg, "REDUCED RUN (preview)");
  assertStringIncludes(svg, "no result yet");
  assertStringIncludes(svg, "standard deviation over trials");
  assertEquals(figures[0]!.missing, [
    "clean accuracy in 12 of 15 conditions (CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "accuracy on common corruptions in 13 of 15 conditions " +
    "(MNIST MLP, CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
  ]);
  assertEquals(figures[1]!.missing.slice(0, 2), [
    "AUROC by MSP and AUROC by MLS in 12 of 15 conditions (CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
    "DAR of AutoAttack L∞ and DAR of AutoAttack L2 in 13 of 15 conditions " +
    "(MNIST MLP, CIFAR10, CIFAR100, TinyImageNet, ImageNet1k)",
  ]);
  assertStringIncludes(
    JSON.stringify(figures[1]!.spec),
    "preset torchattacks, 9 targets, ε 0.3 (L∞) and 2 (L2), 10,000 images, ",
  );
  assertStringIncludes(JSON.stringify(figures[1]!.spec), "mean over 5 of 7 sets");
});

Deno.test("figures of results at the paper's scale carry no word on reduced runs", () => {
  const paper = figure02(resultsOf("5.1", "paper", syntheticRecords()));
  assert(!JSON.stringify(paper.spec).includes("REDUCED"));
  assertEquals(paper.trials, "2");
});

Deno.test("figures are drawn where there are no results at all, with everything missing", async () => {
  const none = resultsOf("5.1", "preview", []);
  for (const figure of [figure02(none), figure03(none), figure04(none)]) {
    assertStringIncludes(await renderSvg(figure.spec), "no result yet");
    assert(figure.missing.length > 0);
  }
});
