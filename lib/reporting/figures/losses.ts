import type { LossName } from "../../losses/mod.ts";
import { ink, lossStyles } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Figure } from "../figure.ts";
import { type Differentiator, lossAt, type LossCatalogue } from "../loss_probe.ts";
import { columnWidth, figureSpec, panelName, type SpecPart, stroke } from "../style.ts";

/** A loss and its derivatives at one place of the competitor's logit. */
export interface LossCurveRow {
  loss: LossName;
  competitor: number;
  value: number;
  /** Derivative with respect to the competitor's logit. */
  competitorGradient: number;
  /** Derivative with respect to the target's logit. */
  targetGradient: number;
}

// Ours: a small class as target, so that LA and HEM+, which are CE and HEM on balanced data, differ.
const classCounts = [50, 500, 500, 500];
// As the caption says.
const others = [-1, -1];
const range = { from: -4, to: 4, step: 0.1 };

/**
 * The seven losses at one sample of a 4-way classifier while the logit of its strongest competitor
 * moves from -4 to 4; the target's logit is 0, the other two are -1.
 */
export function lossCurves<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): LossCurveRow[] {
  const steps = Math.round((range.to - range.from) / range.step);
  return lossStyles.flatMap(({ name }) => {
    const loss = losses[name]({ classCounts });
    return Array.from({ length: steps + 1 }, (_, i) => {
      const competitor = Number((range.from + i * range.step).toFixed(6));
      const logits = [0, competitor, ...others];
      const { value, gradient } = lossAt(tf, loss, { logits, label: 0 });
      return {
        loss: name,
        competitor,
        value,
        competitorGradient: gradient[1]!,
        targetGradient: gradient[0]!,
      };
    });
  });
}

/** The losses beside each other (section 2). */
export const lossesFigure: Entry = {
  name: "losses",
  section: "2",
  needs: [],
  async draw() {
    const [{ tf }, { losses }] = await Promise.all([
      import("../../tensorflow/mod.ts"),
      import("../../losses/mod.ts"),
    ]);
    return curvesFigure(lossCurves(tf, losses));
  },
};

/** The picture of section 2: each loss, and below it how it pulls the two logits apart. */
export function curvesFigure(rows: readonly LossCurveRow[]): Figure {
  const shown = lossStyles.filter(({ name }) => rows.some(({ loss }) => loss === name));
  const title = "The seven losses and their gradients as the competitor's logit moves";
  const at = (name: LossName, competitor: number) =>
    rows.find((row) => row.loss === name && row.competitor === competitor)?.value.toFixed(2) ?? "–";
  return {
    name: "losses",
    title,
    missing: lossStyles.filter((style) => !shown.includes(style)).map(({ label }) => label),
    data: rows.map((row) => ({ ...row })),
    summary: `Loss where the competitor ties with the target: ${
      shown.map(({ name, label }) => `${label} ${at(name, 0)}`).join(", ")
    }`,
    spec: figureSpec({
      heading: title,
      caption:
        `One sample of a 4-way classifier: the target's logit is 0 (dashed line), two others ` +
        `are −1, the competitor's is on the x axis. Training samples per class: ` +
        `${classCounts.join(", ")}; the target is the class with ${classCounts[0]}. ` +
        `Lower row: the derivative by the competitor's logit in the loss's colour, by the ` +
        `target's in grey. Each loss with the paper's hyper-parameters and an axis of its own.`,
      width: columnWidth.double,
      content: grid(rows, shown),
    }),
  };
}

function grid(rows: readonly LossCurveRow[], shown: typeof lossStyles): SpecPart {
  const gap = 34;
  const width = Math.floor((columnWidth.double - 56 - gap * (shown.length - 1)) / shown.length);
  type Chart = (style: (typeof lossStyles)[number], first: boolean, middle: boolean) => SpecPart;
  const row = (chart: Chart) => ({
    spacing: gap,
    bounds: "flush",
    hconcat: shown.map((style, i) => ({
      width,
      height: 84,
      ...chart(style, i === 0, i === Math.floor(shown.length / 2)),
    })),
  });
  const of = (name: LossName) => rows.filter(({ loss }) => loss === name);
  return {
    spacing: 16,
    vconcat: [
      row(({ name, label, color }, first) => ({
        layer: [
          panelName(label, color),
          tie(null),
          line(
            of(name),
            { field: "value", title: first ? "Loss" : null, color },
            headroom(of(name)),
          ),
        ],
      })),
      row(({ name, color }, first, middle) => {
        const titles = {
          title: first ? "Gradient" : null,
          xTitle: middle ? "Competitor's logit" : null,
        };
        return {
          layer: [
            tie(titles.xTitle),
            line(of(name), { field: "targetGradient", color: ink.muted, ...titles }),
            line(of(name), { field: "competitorGradient", color, ...titles }),
          ],
        };
      }),
    ],
  };
}

/** The place where competitor and target tie. */
function tie(xTitle: string | null): SpecPart {
  return {
    data: { values: [{ competitor: 0 }] },
    mark: { type: "rule", color: ink.muted, strokeWidth: stroke.axis, strokeDash: [2, 2] },
    encoding: { x: competitorAxis(xTitle) },
  };
}

function line(
  values: readonly LossCurveRow[],
  style: { field: keyof LossCurveRow; title: string | null; color: string; xTitle?: string | null },
  scale: SpecPart = {},
): SpecPart {
  return {
    // Only what is drawn, at more digits than are seen: a notebook stores the specification too.
    data: {
      values: values.map((row) => ({
        competitor: row.competitor,
        [style.field]: Number(Number(row[style.field]).toPrecision(5)),
      })),
    },
    mark: { type: "line", color: style.color, strokeWidth: stroke.mark },
    encoding: {
      x: competitorAxis(style.xTitle ?? null),
      y: {
        field: style.field,
        type: "quantitative",
        scale,
        axis: { title: style.title, tickCount: 3 },
      },
    },
  };
}

function competitorAxis(title: string | null): SpecPart {
  return {
    field: "competitor",
    type: "quantitative",
    scale: { domain: [range.from, range.to], nice: false },
    axis: { title, values: [-4, 0, 4], labelOverlap: false, grid: false },
  };
}

/** A y scale whose top tick stays below the top, where its label would lift the panel's title. */
function headroom(rows: readonly LossCurveRow[]): SpecPart {
  return { domain: [0, 1.12 * Math.max(...rows.map(({ value }) => value))], nice: false };
}
