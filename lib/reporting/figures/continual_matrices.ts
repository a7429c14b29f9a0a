import { mean } from "simple-statistics";
import { conditionName } from "../conditions.ts";
import { continualPanels } from "../continual_panels.ts";
import { settingOf } from "../continual_setting.ts";
import { ink, seriesLabel } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { partOf, type Results } from "../results_table.ts";
import { columnWidth, figureSpec, fontSize, type SpecPart } from "../style.ts";

const section = "5.3";
const losses = ["ce", "hem"] as const;

/** The accuracy on each experience (column) after each (row), of every strategy with CE and HEM. */
export const continualMatrices: Entry = {
  name: "continual_matrices",
  section,
  needs: [section],
  draw: ({ evidence }) => matrices(evidence.results(section)),
};

interface Square {
  data: string;
  method: string;
  series: string;
  /** Experiences learnt, from 1. */
  experience: number;
  /** The experience tested, from 1. */
  task: number;
  value: number;
}

function matrices(results: Results): Figure {
  const isShown = ({ series }: { series: string }) =>
    (losses as readonly string[]).includes(series);
  const own: Results = { ...partOf(results, isShown), pairs: [losses] };
  const squares = squaresOf(own);
  const final = measured(own, measures.continual);
  const { scale, sentence, reduced, trials } = provenance(own, [final], losses);
  const there = new Set(squares.map(conditionName));
  const wanted = results.conditions.filter(({ name }) => there.has(name));
  const tasks = [...new Set(wanted.map(({ data }) => data))];
  const words = "accuracy";
  const missing = missingConditions(
    [{ ...final, measure: { ...final.measure, words } }],
    { ...own, losses },
  );
  const title = "Continual learning: accuracy on each experience (column) after each (row), %";
  return {
    name: "continual_matrices",
    title,
    scale,
    trials,
    coverage: { there: there.size, of: results.conditions.length },
    missing,
    data: squares.map((square): DataRow => ({
      ...square,
      setting: settingOf(conditionName(square)),
    })),
    summary: there.size === 0 ? "no results yet" : `${there.size} conditions`,
    spec: figureSpec({
      heading: title,
      caption: `${sentence} CE and HEM alone; mean over trials. Below the diagonal: what is ` +
        `remembered; above it: experiences that are not learnt yet. ${missingSentence(missing)}`,
      width: columnWidth.double,
      content: continualPanels({
        rows: tasks.flatMap((task) =>
          losses.map((loss) =>
            wanted.filter(({ data }) => data === task).map((condition) => ({
              condition,
              words: seriesLabel(loss),
              content: matrix(squares.filter((square) =>
                conditionName(square) === condition.name && square.series === loss
              )),
            }))
          )
        ),
        least: 4,
        axisExtent: 8,
        heightOf: (width) => Math.round(0.72 * width),
        key: [],
        reduced,
      }),
    }),
  };
}

/** The accuracies of one loss in one condition as a matrix; undefined where there is none. */
function matrix(squares: readonly Square[]): SpecPart | undefined {
  if (squares.length === 0) return undefined;
  const axis = { title: null, grid: false, labelAngle: 0, format: "d" };
  return {
    data: { values: squares.map((square) => ({ ...square, percent: 100 * square.value })) },
    encoding: {
      x: { field: "task", type: "ordinal", axis },
      y: { field: "experience", type: "ordinal", axis },
    },
    layer: [
      {
        mark: "rect",
        encoding: {
          color: {
            field: "percent",
            type: "quantitative",
            scale: { domain: [0, 100], scheme: "blues" },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text", fontSize: fontSize.label },
        encoding: {
          text: { field: "percent", type: "quantitative", format: ".0f" },
          color: {
            condition: { test: "datum.percent > 60", value: "#ffffff" },
            value: ink.text,
          },
        },
      },
    ],
  };
}

function squaresOf({ rows }: Results): Square[] {
  const found = rows.filter(({ stage, metric, at }) =>
    stage === "continual" && metric === "accuracy" && at.experience! > 0
  );
  const cells = Map.groupBy(
    found,
    ({ data, method, series, at }) => [data, method, series, at.experience, at.task].join("/"),
  );
  return [...cells.values()].map((same) => {
    const { data, method, series, at } = same[0]!;
    const value = mean(same.map((row) => row.value));
    return { data, method, series, experience: at.experience!, task: at.task!, value };
  });
}
