import type { StageRecord } from "../../trials/mod.ts";
import { attackSentence } from "../attack_sentence.ts";
import { keyRow, lossEntries } from "../key_row.ts";
import { conditionName, conditionTitle } from "../conditions.ts";
import { type Curve, curveSets, curvesOf, meanCurve } from "../curves.ts";
import { colorOf, ink, lossStyle, percent, rangeText } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { missingSentence } from "../lacking.ts";
import { type Measure, measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { partOf, type Results } from "../results_table.ts";
import { columnWidth, figureSpec, padding, panelName, type SpecPart, stroke } from "../style.ts";
import { setsSentence } from "../unknown_sets.ts";

const section = "B.3";
// What is run on request: AutoAttack after each epoch of the same trainings.
const attacksSection = "attacks_by_epoch";
const losses = ["ce", "hem"] as const;
// One row each; the loss has an axis of its own in each column, the others are shares.
const rows: readonly { measure: Measure; words: string }[] = [
  { measure: measures.lossByEpoch, words: "Training loss" },
  { measure: measures.errorByEpoch, words: "Training error (%)" },
  { measure: measures.cleanByEpoch, words: "Clean accuracy (%)" },
  { measure: measures.unknownByEpoch, words: "AUROC, MSP (%)" },
  { measure: measures.attackByEpoch, words: "DAR (%)" },
];

/** Figure 11 (appendix B.3): the course of training under CE and under HEM: the loss and the other metrics, epoch by epoch. */
export const figure11: Entry = {
  name: "figure_11",
  item: "Figure 11",
  section,
  needs: [section, attacksSection],
  whole: true,
  claims: ["curves-hem"],
  draw: ({ evidence }) => curvesFigure(evidence.results(section), evidence.results(attacksSection)),
};

function curvesFigure(results: Results, attacks: Results): Figure {
  const all = rows.map(({ measure, words }) => {
    const own = measure === measures.attackByEpoch ? attacks : results;
    const curves = curvesOf(own, measure).filter(({ series }) =>
      (losses as readonly string[]).includes(series)
    );
    return { measure, words, curves };
  });
  // The paper does not say which network it shows: the first condition that has a loss per epoch.
  const condition = all[0]!.curves[0]?.condition;
  const own = all.map((row) => ({
    ...row,
    curves: row.curves.filter((curve) => curve.condition === condition),
  }));
  const shown = own.map(({ measure, curves }) => ({
    measure,
    cells: [...Map.groupBy(curves, ({ series }) => series).values()].map((values) => ({ values })),
  }));
  const isShown = ({ data, method, series }: { data: string; method: string; series: string }) =>
    conditionName({ data, method }) === condition && (losses as readonly string[]).includes(series);
  const part = partOf(results, isShown);
  // What the stages after the training measure, and of how many images, is not shown.
  const byEpoch = part.records.filter(({ stage: { name } }) =>
    name === "training" || name === "curves"
  );
  const { scale, sentence, reduced, trials } = provenance({ ...part, records: byEpoch }, shown);
  // What runs on request is not waited for.
  const usual = own.filter(({ measure }) => measure !== measures.attackByEpoch);
  const missing = own.filter(({ curves }) => curves.length === 0).map(({ measure }) =>
    `${measure.words} per epoch` +
    (measure === measures.attackByEpoch
      ? ` (on request: deno task reproduce --section ${attacksSection} --scale ${results.scale})`
      : "")
  );
  const title = "Figure 11. The course of training under CE and HEM" +
    (condition === undefined ? "" : `, ${conditionTitle(condition)}`);
  const first = own[0]!.curves[0];
  const drop = first !== undefined && first.drop < first.epochs.at(-1)! ? first.drop : undefined;
  return {
    name: "figure_11",
    title,
    scale,
    trials,
    coverage: {
      there: usual.filter(({ curves }) => curves.length > 0).length,
      of: usual.length,
      unit: "panels",
    },
    missing,
    data: own.flatMap(({ measure, curves }) =>
      curves.flatMap(({ series, seed, epochs, values }) =>
        epochs.map((epoch, i): DataRow => ({
          measure: measure.name,
          loss: series,
          seed,
          epoch,
          value: values[i]!,
        }))
      )
    ),
    summary: own.filter(({ curves }) => curves.length > 0).map(({ measure, curves }) => {
      const last = losses.flatMap((loss) => {
        const ends = curves.filter(({ series }) => series === loss).map(({ values }) =>
          values.at(-1)!
        );
        if (ends.length === 0) return [];
        const end = ends.reduce((a, b) => a + b) / ends.length;
        const text = measure.metric === "loss" ? end.toFixed(4) : `${percent(end)} %`;
        return [`${lossStyle(loss).label} ${text}`];
      });
      return `${measure.title} at the end: ${last.join(", ")}`;
    }).join("; "),
    spec: figureSpec({
      heading: title,
      caption: `${sentence} Thick: mean over trials; thin: single trials. ` +
        `${
          drop === undefined
            ? ""
            : `Dashed: the first drop of the learning rate, after epoch ${drop}. `
        }` +
        `${imagesSentence(byEpoch)}${
          setsSentence({ datasets: curveSets(results, measures.unknownByEpoch) })
        } ${
          attackSentence(attacks)
        }DAR: the mean of both norms. The paper does not say which network it shows. Not measured by epoch: ` +
        `accuracy on common corruptions; on request alone: DAR of AutoAttack. ${
          missingSentence(missing)
        }`,
      width: columnWidth.double,
      content: grid(own, reduced),
    }),
  };
}

/** Of how many images the training error and the AUROC of an epoch are. */
function imagesSentence(records: readonly StageRecord[]): string {
  const countsOf = (setting: string) =>
    records.map(({ stage: { settings } }) => Number(settings[setting] ?? 0))
      .filter((count) => count > 0);
  const [train, unknown] = [countsOf("trainImages"), countsOf("unknownImages")];
  return (train.length === 0
    ? ""
    : `Training error: of the first ${rangeText(train)} training images, without augmentation. `) +
    (unknown.length === 0
      ? ""
      : `AUROC: of the first ${rangeText(unknown)} images of each unknown set. `);
}

type Row = { measure: Measure; words: string; curves: readonly Curve[] };

// Px for the numbers and the name of a vertical axis, and between the panels.
const axisExtent = 46;
const gap = 44;

function grid(own: readonly Row[], reduced: string | null): SpecPart {
  const width = Math.floor((columnWidth.double - 2 * padding - axisExtent - gap) / 2);
  const there = own.filter(({ curves }, i) => i < 2 || curves.length > 0);
  const pairs = Array.from(
    { length: Math.ceil(there.length / 2) },
    (_, i) => there.slice(2 * i, 2 * i + 2),
  );
  return {
    spacing: 16,
    vconcat: [
      keyRow(lossEntries(losses).map((entry) => ({ ...entry, mark: "line" })), {
        width: 2 * width + gap,
        reduced,
      }),
      ...pairs.map((pair, row) => ({
        spacing: gap,
        bounds: "flush",
        hconcat: pair.map((one, column) =>
          panel(one, "abcdef"[2 * row + column]!, width, row === pairs.length - 1)
        ),
      })),
    ],
  };
}

function panel(
  { measure, words, curves }: Row,
  letter: string,
  width: number,
  last: boolean,
): SpecPart {
  const name = panelName(`${letter}\u2002${words}`);
  const height = 92;
  if (curves.length === 0) {
    const mark = {
      type: "text",
      align: "left",
      color: ink.muted,
      x: width / 2 - 30,
      y: height / 2,
    };
    const label = { data: { values: [{ label: "no result yet" }] }, mark };
    return { width, height, layer: [name, { ...label, encoding: { text: { field: "label" } } }] };
  }
  const factor = measure.metric === "loss" ? 1 : 100;
  const digits = (value: number) => Number((factor * value).toPrecision(5));
  const single = curves.flatMap(({ series, seed, epochs, values }) =>
    epochs.map((epoch, i) => ({
      epoch,
      value: digits(values[i]!),
      color: colorOf(series),
      line: `${series} ${seed}`,
    }))
  );
  const means = losses.flatMap((loss) =>
    meanCurve(curves.filter(({ series }) => series === loss)).map(({ epoch, value }) => ({
      epoch,
      value: digits(value),
      color: colorOf(loss),
      line: loss,
    }))
  );
  const epochs = single.map(({ epoch }) => epoch);
  const x = {
    field: "epoch",
    type: "quantitative",
    scale: { domain: [Math.min(...epochs), Math.max(...epochs)], nice: false },
    axis: { title: last ? "Epoch" : null, grid: false, tickMinStep: 1 },
  };
  const values = single.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // The loss falls by orders of magnitude; the top label stays below the top, where it would lift the panel's title.
  const isWide = measure.metric === "loss" && low > 0 && high > 30 * low;
  const margin = 0.12 * (high - low || 1);
  const y = {
    field: "value",
    type: "quantitative",
    scale: isWide
      ? { type: "log", domain: [low / 1.2, high * 1.4], nice: false }
      : { domain: [low - margin / 2, high + margin], nice: false },
    axis: { title: null, tickCount: 4, ...(isWide && { format: "~g" }) },
  };
  const shared = {
    x,
    y,
    color: { field: "color", type: "nominal", scale: null, legend: null },
    detail: { field: "line", type: "nominal" },
  };
  const { drop } = curves[0]!;
  const drops = drop < Math.max(...epochs) ? [{ epoch: drop }] : [];
  return {
    width,
    height,
    layer: [
      name,
      {
        data: { values: drops },
        mark: { type: "rule", color: ink.muted, strokeWidth: stroke.axis, strokeDash: [3, 3] },
        encoding: { x },
      },
      {
        data: { values: single },
        mark: { type: "line", strokeWidth: 0.6, opacity: 0.45 },
        encoding: shared,
      },
      {
        data: { values: means },
        mark: { type: "line", strokeWidth: stroke.mark },
        encoding: shared,
      },
    ],
  };
}
