import { max, mean } from "simple-statistics";
import { conditionDots, plotWidth } from "../condition_dots.ts";
import { dataOf } from "../conditions.ts";
import { dataTitle, ink, lossStyle, percent } from "../display.ts";
import { averagesSentence, dotColumn, summarise } from "../dot_column.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { measures } from "../measures.ts";
import { measuredRows } from "../numbers.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { columnWidth, figureSpec, fontSize, panelTitle, type SpecPart } from "../style.ts";
import type { Average } from "../averages.ts";

const section = "5.4";

/**
 * Figure 8 (section 5.4): mean IoU of every backbone on every data set under all seven losses, their averages, and the averages
 * with each loss's best backbone on each data set of which all backbones are there.
 */
export const figure08: Entry = {
  name: "figure_08",
  item: "Figure 8",
  section,
  needs: [section],
  claims: ["seg-hemplus-best", "seg-large-sets", "seg-camvid", "seg-ln-la-poor", "seg-dice-alike"],
  draw: ({ evidence }) => segmentationFigure(evidence.results(section)),
};

function segmentationFigure(results: Results): Figure {
  const { conditions, losses } = results;
  const column = dotColumn(results, measures.segmentation);
  const { scale, sentence, reduced, trials } = provenance(results, [column.measured]);
  const missing = missingConditions([column.measured], results);
  const there = new Set(column.measured.cells.map(({ condition }) => condition));
  const best = column.averages.flatMap((average) => bestBackbones(average, results));
  const shown = { columns: [column], conditions, compared: losses, losses, reduced };
  const title = "Figure 8. Semantic segmentation: mean IoU";
  return {
    name: "figure_08",
    title,
    scale,
    trials,
    coverage: { there: there.size, of: conditions.length },
    missing,
    data: [
      ...measuredRows([column]),
      ...best.map(({ series, value, trials, over }): DataRow => ({
        measure: "segmentation, best backbones",
        data: "average",
        network: "best",
        loss: series,
        mean: value,
        sd: null,
        trials,
        over: over.join(" "),
      })),
    ],
    summary: summarise(column),
    spec: figureSpec({
      heading: title,
      caption:
        `${sentence} Mean IoU over the classes, of all pixels of the test set together; pixels without a label count ` +
        `nowhere. ${averagesSentence(results)} ${lightBarsSentence(best)}${
          missingSentence(missing)
        }`,
      width: columnWidth.double,
      content: {
        spacing: 12,
        vconcat: [
          conditionDots(shown),
          ...(column.averages.length === 0 ? [] : [bars(column.averages, best, plotWidth(shown))]),
        ],
      },
    }),
  };
}

interface Best {
  series: string;
  /** Mean over the data sets of the best backbone's mean. */
  value: number;
  trials: number;
  /** The conditions that the best are of. */
  over: string[];
}

/** A loss's average with its best backbone on each data set with several, of which all are there; none where no set has them. */
function bestBackbones(
  { series, conditions, means, values }: Average,
  results: Results,
): Best[] {
  const all = Map.groupBy(results.conditions, ({ data }) => data);
  const whole = [...all.values()].map((same) => same.map(({ name }) => name))
    .filter((names) => names.length > 1 && names.every((name) => conditions.includes(name)));
  if (whole.length === 0) return [];
  const meanOf = (name: string) => means[conditions.indexOf(name)]!;
  return [{
    series,
    value: mean(whole.map((names) => max(names.map(meanOf)))),
    trials: values.length,
    over: whole.flat(),
  }];
}

/** What the caption says of the light bars, where there are any. */
function lightBarsSentence([best]: readonly Best[]): string {
  if (best === undefined) return "";
  const sets = [...new Set(best.over.map((name) => dataTitle(dataOf(name))))];
  return `Light bars: each loss with the backbone that is best for it on each data set of which all backbones are there ` +
    `(${sets.join(", ")}), which favours losses whose results scatter more. `;
}

/** The averages as bars, before lighter ones of the best backbones where there are any. */
function bars(averages: readonly Average[], best: readonly Best[], width: number): SpecPart {
  const values = averages.map(({ series, mean, conditions }, i) => ({
    loss: lossStyle(series as Parameters<typeof lossStyle>[0]).label,
    mean: 100 * mean,
    ...(best[i] && { best: 100 * best[i].value }),
    text: percent(mean, 1),
    data: [...new Set(conditions.map((name) => dataTitle(dataOf(name))))].join(", "),
  }));
  const x = {
    field: "loss",
    type: "nominal",
    sort: null,
    axis: { title: null, labelAngle: 0, labelFontSize: fontSize.label },
  };
  const y = (field: string) => ({
    field,
    type: "quantitative",
    scale: { domainMin: 0 },
    axis: { title: "Mean IoU (%)", titleFontSize: fontSize.label, tickCount: 5 },
  });
  return {
    width,
    height: 110,
    title: panelTitle(
      "c",
      best.length === 0 ? "Average" : "Average, and with each loss's best backbone (light)",
    ),
    data: { values },
    layer: [
      ...(best.length === 0 ? [] : [{
        mark: { type: "bar", color: ink.faint, width: { band: 0.8 } },
        encoding: { x, y: y("best") },
      }]),
      {
        mark: { type: "bar", width: { band: 0.5 } },
        encoding: {
          x,
          y: y("mean"),
          color: {
            field: "loss",
            type: "nominal",
            scale: {
              domain: values.map(({ loss }) => loss),
              range: averages.map(({ series }) =>
                lossStyle(series as Parameters<typeof lossStyle>[0]).color
              ),
            },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text", dy: -5, fontSize: fontSize.label, color: ink.text },
        encoding: { x, y: y("mean"), text: { field: "text", type: "nominal" } },
      },
    ],
  };
}
