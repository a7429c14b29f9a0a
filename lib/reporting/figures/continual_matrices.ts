import { mean } from "simple-statistics";
import type { SpecPart } from "../condition_dots.ts";
import { conditionName } from "../conditions.ts";
import { settingOf } from "../continual_setting.ts";
import { dataTitle, ink, seriesLabel, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { columnWidth, figureSpec, fontSize, padding } from "../style.ts";

const section = "5.3";
const losses = ["ce", "hem"] as const;

/** The accuracy on each experience (column) after each (row), of every strategy with CE and HEM. */
export const continualMatrices: Entry = {
  name: "continual_matrices",
  section,
  title: "Continual learning: accuracy matrices",
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
  const squares = squaresOf(results);
  const { scale, sentence, reduced, trials } = provenance(results, [
    measured(results, measures.continual),
  ]);
  const there = new Set(squares.map(conditionName));
  const wanted = results.conditions.filter(({ name }) => there.has(name));
  const tasks = [...new Set(wanted.map(({ data }) => data))];
  const title = "Continual learning: accuracy on each experience (column) after each (row), %";
  const size = Math.floor((columnWidth.double - 2 * padding) / 4) - 34;
  const panel = (condition: string, method: string, data: string, series: string): SpecPart => {
    const own = squares.filter((square) =>
      conditionName(square) === condition && square.series === series
    ).map((square) => ({ ...square, percent: 100 * square.value }));
    const axis = { title: null, grid: false, labelAngle: 0, format: "d" };
    return {
      title: {
        text: `${titleOf(method)}, ${dataTitle(data)}, ${seriesLabel(series)}`,
        subtitle: settingOf(condition),
        fontSize: fontSize.label,
        subtitleFontSize: fontSize.label,
        frame: "group",
        anchor: "start",
        offset: 3,
      },
      width: size,
      height: Math.round(0.72 * size),
      data: { values: own },
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
  };
  const note = reduced === null ? [] : [{
    width: columnWidth.double - 2 * padding,
    height: 10,
    data: { values: [{ label: reduced }] },
    mark: { type: "text", align: "left", color: ink.warning, fontWeight: "bold", x: 0 },
    encoding: { y: { value: 5 }, text: { field: "label" } },
  }];
  return {
    name: "continual_matrices",
    title,
    scale,
    trials,
    coverage: { there: there.size, of: results.conditions.length },
    missing: there.size === 0 ? ["every condition"] : [],
    data: squares.map((square): DataRow => ({ ...square })),
    summary: there.size === 0 ? "no results yet" : `${there.size} conditions`,
    spec: figureSpec({
      heading: title,
      caption: `${sentence} Mean over trials. Below the diagonal: what is remembered; above it: ` +
        `experiences that are not learnt yet.${
          there.size === 0 ? " Missing: every condition." : ""
        }`,
      width: columnWidth.double,
      content: {
        spacing: 12,
        vconcat: [
          ...note,
          ...tasks.flatMap((task) =>
            losses.map((loss) => ({
              spacing: 12,
              hconcat: wanted.filter(({ data }) => data === task)
                .map(({ name, method, data }) => panel(name, method, data, loss)),
            }))
          ),
        ],
      },
    }),
  };
}

function squaresOf({ rows }: Results): Square[] {
  const found = rows.filter(({ stage, metric, series, at }) =>
    stage === "continual" && metric === "accuracy" && at.experience! > 0 &&
    (losses as readonly string[]).includes(series)
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
