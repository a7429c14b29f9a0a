import { keyRow } from "../key_row.ts";
import { conditionTitle } from "../conditions.ts";
import { type Curve, curvesOf, meanCurve } from "../curves.ts";
import { colorOf, ink, percent } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { columnWidth, figureSpec, padding, panelName, type SpecPart, stroke } from "../style.ts";

const section = "beyond";
const skipping = "hem@skip";

/** What is drawn: whose share of which images, and how its line looks. */
const lines = [
  {
    series: "ce",
    measure: measures.learntByEpoch,
    words: "CE",
    color: colorOf("ce"),
    dash: [1, 0],
  },
  {
    series: "hem",
    measure: measures.learntByEpoch,
    words: "HEM",
    color: colorOf("hem"),
    dash: [1, 0],
  },
  {
    series: skipping,
    measure: measures.learntByEpoch,
    words: "HEM, learnt images skipped",
    color: colorOf("hem"),
    dash: [4, 2],
  },
  {
    series: skipping,
    measure: measures.presentedByEpoch,
    words: "presented when skipping",
    color: ink.muted,
    dash: [1, 2],
  },
] as const;

/** Beyond the paper: how many training images HEM has no gradient for, epoch by epoch, and how many skipping presents. */
export const learntImages: Entry = {
  name: "learnt_images",
  section,
  needs: [section],
  draw: ({ evidence }) => learntFigure(evidence.results(section)),
};

interface Line {
  condition: string;
  curves: Curve[];
  look: typeof lines[number];
}

function learntFigure(results: Results): Figure {
  const found = lines.flatMap((look): Line[] => {
    const curves = curvesOf(results, look.measure).filter(({ series }) => series === look.series);
    return [...Map.groupBy(curves, ({ condition }) => condition)]
      .map(([condition, same]) => ({ condition, curves: same, look }));
  });
  const conditions = results.conditions.map(({ name }) => name);
  const there = conditions.filter((name) => found.some(({ condition }) => condition === name));
  const missing = conditions.filter((name) => !there.includes(name)).map(conditionTitle);
  const { scale, sentence, reduced, trials } = provenance(results, [
    measured(results, measures.clean),
  ]);
  const title = "Training images that move no weights, epoch by epoch";
  return {
    name: "learnt_images",
    title,
    scale,
    trials,
    coverage: { there: there.length, of: conditions.length },
    missing,
    data: found.flatMap(({ condition, curves, look }) =>
      curves.flatMap(({ series, seed, epochs, values }) =>
        epochs.map((epoch, i): DataRow => ({
          condition,
          measure: look.measure.name,
          loss: series,
          seed,
          epoch,
          value: values[i]!,
        }))
      )
    ),
    summary: there.map((name) => {
      const hem = found.find(({ condition, look }) => condition === name && look.series === "hem");
      const last = meanCurve(hem?.curves ?? []).at(-1);
      return `${conditionTitle(name)}: HEM has no gradient for ${
        percent(last?.value, 1)
      } % of the images after epoch ${last?.epoch ?? "–"}`;
    }).join("; ") || "no result yet",
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} Beyond the paper (its future work, section 6). The share of training images that the loss has no ` +
        "gradient for, as the network is after each epoch, in evaluation mode; dotted: the share that an epoch presents where " +
        "those of the epoch before are skipped. Thick: mean over trials; thin: single trials. " +
        missingSentence(missing),
      width: columnWidth.double,
      content: panels(found, there, reduced),
    }),
  };
}

// Px for the labels of the vertical axis, and between panels.
const axisExtent = 34;
const gap = 44;

function panels(
  found: readonly Line[],
  there: readonly string[],
  reduced: string | null,
): SpecPart {
  const width = Math.floor((columnWidth.double - 2 * padding - axisExtent - gap) / 2);
  if (there.length === 0) {
    return {
      width: 2 * width,
      height: 12,
      data: { values: [{ label: "no result yet" }] },
      mark: { type: "text", align: "left", color: ink.muted, x: 0, y: 6 },
      encoding: { text: { field: "label" } },
    };
  }
  return {
    spacing: 18,
    vconcat: [
      keyRow(
        lines.map(({ words, color, dash }) => ({ label: words, mark: "line", color, dash })),
        { width: 2 * width + gap, reduced },
      ),
      {
        spacing: gap,
        bounds: "flush",
        hconcat: there.map((name, i) =>
          panel(found.filter(({ condition }) => condition === name), {
            words: `${"abcd"[i]}\u2002${conditionTitle(name)}`,
            width,
          })
        ),
      },
    ],
  };
}

const strokeDash = {
  field: "words",
  type: "nominal",
  legend: null,
  scale: {
    domain: lines.map(({ words }) => words),
    range: lines.map(({ dash }) => dash),
  },
};
const color = { field: "color", type: "nominal", scale: null, legend: null };

function panel(own: readonly Line[], { words, width }: { words: string; width: number }): SpecPart {
  const single = own.flatMap(({ curves, look }) =>
    curves.flatMap(({ epochs, values, seed }) =>
      epochs.map((epoch, i) => ({
        epoch,
        value: 100 * values[i]!,
        words: look.words,
        color: look.color,
        line: `${look.words} ${seed}`,
      }))
    )
  );
  const means = own.flatMap(({ curves, look }) =>
    meanCurve(curves).map(({ epoch, value }) => ({
      epoch,
      value: 100 * value,
      words: look.words,
      color: look.color,
      line: look.words,
    }))
  );
  const last = Math.max(...single.map(({ epoch }) => epoch));
  const encoding = {
    x: {
      field: "epoch",
      type: "quantitative",
      scale: { domain: [1, Math.max(2, last)], nice: false },
      axis: {
        title: "Epoch",
        grid: false,
        format: "d",
        values: Array.from({ length: last }, (_, i) => i + 1).filter((epoch) =>
          last <= 10 || epoch % 5 === 0
        ),
      },
    },
    y: {
      field: "value",
      type: "quantitative",
      scale: { domain: [0, 100] },
      axis: { title: "Training images (%)", tickCount: 5 },
    },
    color,
    strokeDash,
    detail: { field: "line", type: "nominal" },
  };
  return {
    width,
    height: 130,
    layer: [
      panelName(words),
      {
        data: { values: single },
        mark: { type: "line", strokeWidth: 0.6, opacity: 0.45 },
        encoding,
      },
      { data: { values: means }, mark: { type: "line", strokeWidth: stroke.mark }, encoding },
    ],
  };
}
