/** Images that HEM has learnt: the figure and the table of section "beyond", from synthetic records. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  draw,
  entryOf,
  evidenceOf,
  type Figure,
  renderSvg,
  resultsOf,
  type Table,
} from "../../lib/reporting/mod.ts";
import { type BenchRow, extraCosts } from "../../lib/reporting/benchmark.ts";
import { costTable } from "../../lib/reporting/tables/extra_cost.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { lossLabel } from "../../lib/trials/mod.ts";
import { textBoxes } from "./svg_texts.ts";
import { costRows, memoryStore, recordsFor } from "./synthetic.ts";

const epochs = [1, 2, 3, 4];
const records = recordsFor(planOf("beyond", "preview"), (trial, { name }) => {
  const isSkipping = lossLabel(trial) === "hem@skip";
  const learnt = trial.loss.name === "ce" ? [0, 0, 0, 0] : [0.5, 0.7, 0.8, 0.9];
  switch (name) {
    case "training":
      return {
        rows: epochs.flatMap((epoch, i) => [
          { metric: "seconds", value: (isSkipping ? 2 : 4) + trial.index / 10, at: { epoch } },
          ...(isSkipping
            ? [{ metric: "presented", value: [1, 0.5, 0.3, 0.2][i]!, at: { epoch } }]
            : []),
        ]),
      };
    case "learnt":
      return {
        rows: epochs.map((epoch, i) => ({
          metric: "without_gradient",
          dataset: "train",
          value: learnt[i]!,
          at: { epoch },
        })),
      };
    case "clean":
      return {
        rows: [{
          metric: "accuracy",
          dataset: "test",
          value: (isSkipping ? 0.96 : 0.97) + trial.index / 1000,
        }],
      };
  }
});
const evidence = evidenceOf(
  "preview",
  (section) => resultsOf(section, "preview", memoryStore(records)),
);
const drawn = async <Kind extends Figure | Table>(name: string) =>
  await entryOf(name).draw({ evidence, lesser: [] }) as Kind;

Deno.test("the table of skipping has what was presented, the time beside HEM's, and paired differences", async () => {
  const { rows, missing, coverage } = await drawn<Table>("table_skipping");
  assertEquals(rows.map(({ loss }) => loss).slice(0, 3), [
    "CE",
    "HEM",
    "HEM, learnt images skipped",
  ]);
  const skipped = rows[2]!;
  // (1 + 0.5 + 0.3 + 0.2) / 4, and 4 x (2 and 2.1) seconds beside 4 x (4 and 4.1).
  assertEquals(skipped.presented, "50.0");
  assertStringIncludes(String(skipped.seconds), "8.2 (0.51 [");
  assertStringIncludes(String(skipped.clean), "96.05 (CE −1.00 points; HEM −1.00 points)");
  assertEquals(rows[0]!.presented, "100.0");
  assertEquals([missing, coverage], [[], { there: 2, of: 2 }]);
});

Deno.test("the figure of learnt images has a panel per network, and no text is cut or on another", async () => {
  const figure = await drawn<Figure>("learnt_images");
  const last = figure.data.filter(({ measure, epoch }) =>
    measure === "learnt_by_epoch" && epoch === 4
  );
  assertEquals(
    new Set(last.map(({ loss, value }) => `${loss} ${value}`)),
    new Set([
      "ce 0",
      "hem 0.9",
      "hem@skip 0.9",
    ]),
  );
  const svg = await renderSvg(figure.spec);
  const [, width, height] = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.map(Number);
  const texts = textBoxes(svg);
  for (const { text, left, right, top, bottom } of texts) {
    assert(left >= 0 && right <= width! && top >= 0 && bottom <= height!, `"${text}" is cut`);
  }
  texts.forEach((a, i) => {
    const other = texts.slice(i + 1).find((b) =>
      a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
    );
    assertEquals(other, undefined, `"${a.text}" stands on "${other?.text}"`);
  });
});

Deno.test("without results both say so", async () => {
  const settings = { data: "none", figures: "none" };
  const figure = await draw("learnt_images", { settings }) as Figure;
  assertEquals(figure.missing, ["LeNet on MNIST", "MLP on MNIST"]);
  assertStringIncludes(await renderSvg(figure.spec), "no result yet");
  assertEquals((await draw("table_skipping", { settings }) as Table).rows, []);
});

Deno.test("extraCosts() have the growth of a step with Student's interval of all networks together", () => {
  const [lenet, mlp] = extraCosts(costRows({ mlp: [1.01, 1.03], lenet: [1.05, 1.05, 1.05] }));
  assertEquals([lenet!.network, lenet!.value.toFixed(6)], ["lenet", "0.050000"]);
  assertEquals(lenet!.interval!.map((end) => end.toFixed(6)), ["0.050000", "0.050000"]);
  // Two networks, two rounds: t of 1 - 0.0125 with one degree of freedom is tan(pi (1/2 - 0.0125)); two logarithms lie half
  // of their distance from their mean, which is their standard error.
  const [low, high] = [Math.log(1.01), Math.log(1.03)];
  const half = Math.tan(Math.PI * (0.5 - 0.0125)) * (high - low) / 2;
  assertEquals(mlp!.value.toFixed(9), (Math.sqrt(1.01 * 1.03) - 1).toFixed(9));
  assertEquals(
    mlp!.interval!.map((end) => end.toFixed(6)),
    [-half, half].map((shift) => (Math.exp((low + high) / 2 + shift) - 1).toFixed(6)),
  );
});

Deno.test("a benchmark's row that was disturbed, or has no rounds, decides nothing", () => {
  const [row] = costRows({ mlp: [1.2, 1.2] });
  assertEquals(extraCosts([{ ...row!, disturbed: "by something" }]), []);
  const { rounds: _, ...bare } = row as BenchRow & { rounds: number[] };
  assertEquals(extraCosts([bare])[0]!.interval, null);
  assertStringIncludes(costTable([bare]).caption, "growth is their median");
  const { caption } = costTable([row!]);
  assert(!caption.includes("growth is their median"));
  assertStringIncludes(caption, "Milliseconds: of each side the median of its rounds");
  const table = costTable([{ ...row!, disturbed: "by something" }]);
  assertEquals(table.rows, []);
  assertStringIncludes(table.caption, "MLP (by something)");
  assertStringIncludes(table.caption, "LeNet (not measured)");
});

Deno.test("table_extra_cost shows both steps, the growth and its interval", () => {
  const { rows, missing } = costTable(costRows({ mlp: [1.01, 1.01], vit_b_16: [0.98, 0.98] }));
  assertEquals(rows, [
    { network: "MLP", ce: "10.00", hem: "10.10", growth: "+1.0", interval: "[+1.0, +1.0]" },
    { network: "ViT-B/16", ce: "10.00", hem: "9.800", growth: "−2.0", interval: "[−2.0, −2.0]" },
  ]);
  assertEquals(missing.length, 12);
});
