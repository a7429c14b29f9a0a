import { mean } from "simple-statistics";
import type { SpecPart } from "../condition_dots.ts";
import { conditionName } from "../conditions.ts";
import { settingOf } from "../continual_setting.ts";
import { colorOf, dataTitle, ink, lossStyle, seriesLabel, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import type { Results, ResultsRow } from "../results_table.ts";
import { columnWidth, figureSpec, fontSize, padding } from "../style.ts";

const section = "5.3";

/** A number of a condition and loss after each experience, the mean over the trials. */
interface Point {
  data: string;
  method: string;
  series: string;
  experience: number;
  value: number;
}

/** What both figures of the course of continual learning have in common. */
interface Course {
  name: string;
  title: string;
  caption: string;
  /** The number of one trial after an experience, from its rows; undefined where it has none. */
  of: (rows: readonly ResultsRow[], experience: number) => number | undefined;
  /** The vertical axis. */
  axis: SpecPart;
  factor: number;
}

/** The accuracy over the experiences learnt so far, after each. */
export const continualCourse: Entry = {
  name: "continual_course",
  section,
  title: "Continual learning: accuracy over the experiences",
  needs: [section],
  draw: ({ evidence }) =>
    course(evidence.results(section), {
      name: "continual_course",
      title: "Continual learning: accuracy over the experiences (%)",
      caption: "After each experience the mean accuracy over the experiences learnt so far, each " +
        "counting the same; mean over trials. Rows: tasks; columns: strategies, with scenario and heads.",
      of: (rows, experience) => {
        const seen = rows.filter(({ metric, at }) =>
          metric === "accuracy" && at.experience === experience && at.task! <= experience
        );
        return seen.length === 0 ? undefined : mean(seen.map(({ value }) => value));
      },
      axis: { scale: { domain: [0, 100] }, axis: { title: null, tickCount: 5 } },
      factor: 100,
    }),
};

/** How much EWC and SI protect the parameters after each experience. */
export const continualImportance: Entry = {
  name: "continual_importance",
  section,
  title: "Continual learning: importance of the parameters",
  needs: [section],
  draw: ({ evidence }) =>
    course(evidence.results(section), {
      name: "continual_importance",
      title: "Continual learning: mean importance of a parameter",
      caption: "After each experience: of EWC the mean of its F, the squared gradients of the " +
        "experience's loss; of SI that of its Ω, which 0.001 limits. With MM and HEM F is 0 where all images are classified beyond " +
        "the margin, and such an experience gets no protection: values of 0 are left out of the logarithmic axis.",
      of: (rows, experience) => {
        const found = rows.find(({ metric, at }) =>
          metric === "importance" && at.experience === experience
        );
        return found && found.value > 0 ? found.value : undefined;
      },
      axis: {
        scale: { type: "log" },
        axis: { title: null, tickCount: 4, format: ".0e", grid: true },
      },
      factor: 1,
    }),
};

function course(results: Results, { name, title, caption, of, axis, factor }: Course): Figure {
  const points = pointsOf(results, of);
  const { scale, sentence, reduced, trials } = provenance(results, [
    measured(results, measures.continual),
  ]);
  const there = new Set(points.map(conditionName));
  const wanted = results.conditions.filter((condition) => there.has(condition.name));
  const tasks = [...new Set(wanted.map(({ data }) => data))];
  const missing = tasks.length === 0 ? ["every condition"] : [];
  const most = Math.max(...tasks.map((task) => wanted.filter(({ data }) => data === task).length));
  const width = Math.floor((columnWidth.double - 2 * padding) / Math.max(1, most)) - 44;
  const panel = (condition: string, method: string, data: string): SpecPart => ({
    title: {
      text: `${titleOf(method)}, ${dataTitle(data)}`,
      subtitle: settingOf(condition),
      fontSize: fontSize.label,
      subtitleFontSize: fontSize.label,
      frame: "group",
      anchor: "start",
      offset: 3,
    },
    width,
    height: 92,
    data: {
      values: points.filter((point) => conditionName(point) === condition).map((point) => ({
        ...point,
        value: factor * point.value,
        color: colorOf(point.series),
      })),
    },
    mark: { type: "line", point: { size: 16 }, strokeWidth: 1.3 },
    encoding: {
      x: {
        field: "experience",
        type: "quantitative",
        axis: { title: null, tickMinStep: 1, format: "d", grid: false },
        scale: { nice: false, padding: 4 },
      },
      y: { field: "value", type: "quantitative", ...axis },
      color: { field: "color", type: "nominal", scale: null, legend: null },
      detail: { field: "series", type: "nominal" },
    },
  });
  return {
    name,
    title,
    scale,
    trials,
    coverage: { there: there.size, of: results.conditions.length },
    missing,
    data: points.map((point): DataRow => ({ ...point })),
    summary: points.length === 0 ? "no results yet" : `${there.size} conditions`,
    spec: figureSpec({
      heading: title,
      caption: `${sentence} ${caption} ${missing.length > 0 ? "Missing: every condition." : ""}`,
      width: columnWidth.double,
      content: {
        spacing: 12,
        vconcat: [
          keyRow(results.losses, reduced),
          ...tasks.map((task) => ({
            spacing: 12,
            hconcat: wanted.filter(({ data }) => data === task)
              .map(({ name, method, data }) => panel(name, method, data)),
          })),
        ],
      },
    }),
  };
}

/** The points of all conditions and losses, means over trials. */
function pointsOf(results: Results, of: Course["of"]): Point[] {
  const rows = results.rows.filter(({ stage, series }) =>
    stage === "continual" && !series.includes("@")
  );
  const ofTrials = [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((own) => {
    const { data, method, series } = own[0]!;
    const last = Math.max(0, ...own.map(({ at }) => at.experience ?? 0));
    return Array.from({ length: last }, (_, i) => i + 1).flatMap((experience) => {
      const value = of(own, experience);
      return value === undefined ? [] : [{ data, method, series, experience, value }];
    });
  });
  const cells = Map.groupBy(
    ofTrials,
    ({ data, method, series, experience }) => [data, method, series, experience].join("/"),
  );
  return [...cells.values()].map((same) => ({
    ...same[0]!,
    value: mean(same.map(({ value }) => value)),
  }));
}

/** The losses in one line, and the word on reduced runs at its end. */
export function keyRow(losses: readonly string[], reduced: string | null): SpecPart {
  const width = columnWidth.double - 2 * padding;
  const entries = losses.map((loss, i) => ({
    x: 6 + 58 * i,
    text: 16 + 58 * i,
    label: seriesLabel(loss),
    color: lossStyle(loss as Parameters<typeof lossStyle>[0]).color,
  }));
  const place = (field: string) => ({ field, type: "quantitative", scale: null, axis: null });
  const y = { value: 5 };
  return {
    width,
    height: 10,
    layer: [
      {
        data: { values: entries },
        mark: { type: "point", filled: true, size: 34, opacity: 1 },
        encoding: {
          x: place("x"),
          y,
          color: { field: "color", type: "nominal", scale: null, legend: null },
        },
      },
      {
        data: { values: entries },
        mark: { type: "text", align: "left" },
        encoding: { x: place("text"), y, text: { field: "label" } },
      },
      {
        data: { values: reduced === null ? [] : [{ label: reduced }] },
        mark: { type: "text", align: "right", color: ink.warning, fontWeight: "bold", x: width },
        encoding: { y, text: { field: "label" } },
      },
    ],
  };
}
