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
import { extraCosts } from "../../lib/reporting/claims/computed_numbers.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { lossLabel } from "../../lib/trials/mod.ts";
import { textBoxes } from "./svg_texts.ts";
import { memoryStore, recordsFor } from "./synthetic.ts";

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

Deno.test("extraCosts() is the difference of the losses beside a step of each network", () => {
  const times = [
    { name: "train/lenet", oursMs: 10 },
    { name: "train/resnet50", oursMs: 1000 },
    { name: "loss/ce/128x10", oursMs: 0.1 },
    { name: "loss/hem/128x10", oursMs: 0.4 },
    { name: "loss/ce/128x1000", oursMs: 1 },
    { name: "loss/hem/128x1000", oursMs: 3 },
  ];
  assertEquals(
    extraCosts(times).map(({ network, classes, share }) => [network, classes, share.toFixed(4)]),
    [["lenet", 10, "0.0300"], ["resnet50", 1000, "0.0020"]],
  );
  assertEquals(extraCosts([]), []);
});
