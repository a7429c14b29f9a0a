import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { entryOf, evidenceOf, type Figure, renderSvg, resultsOf } from "../../lib/reporting/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { type Trial } from "../../lib/trials/mod.ts";
import { memoryStore, recordsFor } from "./synthetic.ts";

/** A number that every part of a trial moves, and each loss favours another encoder. */
function iouOf({ loss, dataset, network, index }: Trial): number {
  const [l, e] = [loss.name.length, String(network.options!.encoder).length];
  return 0.2 + 0.03 * l + 0.01 * ((l * e) % 7) + 0.02 * dataset.name.length % 0.05 + 0.001 * index;
}

const planned = planOf("5.4", "paper");
const results = resultsOf(
  "5.4",
  "paper",
  memoryStore(
    recordsFor(
      planned,
      (trial, { name }) =>
        name === "segmentation"
          ? { rows: [{ metric: "mean_iou", dataset: "test", value: iouOf(trial) }] }
          : undefined,
    ),
  ),
);
const figure = await entryOf("figure_08").draw({
  evidence: evidenceOf("paper", () => results),
  lesser: [],
}) as Figure;

Deno.test("Figure 8 has all twelve conditions, and is drawn", async () => {
  assertEquals(figure.coverage, { there: 12, of: 12 });
  assertEquals(figure.missing, []);
  assert((await renderSvg(figure.spec)).includes("best backbone"));
});

Deno.test("Figure 8's light bars are the mean over the data sets of each loss's best backbone", () => {
  const rows = figure.data.filter(({ measure }) => measure === "segmentation, best backbones");
  assertEquals(rows.length, 7);
  for (const { loss, mean } of rows) {
    const best = ["camvid", "cityscapes", "sbd"].map((data) => {
      const own = planned.map(({ trial }) => trial)
        .filter((trial) => trial.loss.name === loss && trial.dataset.name === data);
      const byEncoder = Map.groupBy(own, ({ network }) => network.options!.encoder);
      const means = [...byEncoder.values()].map((trials) =>
        trials.reduce((sum, trial) => sum + iouOf(trial), 0) / trials.length
      );
      return Math.max(...means);
    });
    assertAlmostEquals(mean as number, best.reduce((a, b) => a + b) / 3, 1e-12);
  }
});
