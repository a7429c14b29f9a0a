import { mean } from "simple-statistics";
import { conditionName, runTitle } from "../conditions.ts";
import { continualPanels } from "../continual_panels.ts";
import { settingOf } from "../continual_setting.ts";
import { colorOf, dataTitle, listed } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Figure } from "../figure.ts";
import { lossEntries } from "../key_row.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { measured } from "../measured.ts";
import { measures } from "../measures.ts";
import { provenance } from "../provenance.ts";
import { isPaperSetting, partOf, type Results, type ResultsRow } from "../results_table.ts";
import { columnWidth, figureSpec, type SpecPart } from "../style.ts";

const section = "5.3";

// Px for the labels of a vertical axis.
const axisExtent = 25;

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
  /** What it shows, where it is missing. */
  words: string;
  caption: string;
  /** What else the caption says of the points. */
  remark?: (points: readonly Point[]) => string[];
  /** The number of one trial after an experience, from its rows; undefined where it has none. */
  of: (rows: readonly ResultsRow[], experience: number) => number | undefined;
  /** Whether it is of a strategy. */
  has: (method: string) => boolean;
  /** The vertical axis. */
  axis: { scale: SpecPart; axis: SpecPart };
  factor: number;
}

/** The accuracy over the experiences learnt so far, after each. */
export const continualCourse: Entry = {
  name: "continual_course",
  section,
  needs: [section],
  draw: ({ evidence }) =>
    course(evidence.results(section), {
      name: "continual_course",
      title: "Continual learning: accuracy over the experiences (%)",
      words: "accuracy",
      caption: "After each experience the mean accuracy over the experiences learnt so far, each " +
        "counting the same; mean over trials. Rows: tasks; columns: strategies, with scenario and heads. " +
        "Each panel has a vertical axis of its own.",
      of: (rows, experience) => {
        const seen = rows.filter(({ metric, at }) =>
          metric === "accuracy" && at.experience === experience && at.task! <= experience
        );
        return seen.length === 0 ? undefined : mean(seen.map(({ value }) => value));
      },
      has: () => true,
      axis: { scale: { zero: false, nice: 5 }, axis: { tickCount: 5 } },
      factor: 100,
    }),
};

/** A logarithmic axis with ticks, lines and numbers at powers of ten alone. */
const isPower = "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6";
const onPowers = { condition: { test: isPower, value: 1 }, value: 0 };
const powersOfTen: SpecPart = {
  labelExpr: `${isPower} ? format(datum.value, '.0e') : ''`,
  grid: true,
  gridOpacity: onPowers,
  tickOpacity: onPowers,
};

/** How much EWC and SI protect the parameters after each experience. */
export const continualImportance: Entry = {
  name: "continual_importance",
  section,
  needs: [section],
  draw: ({ evidence }) =>
    course(evidence.results(section), {
      name: "continual_importance",
      title: "Continual learning: mean importance of a parameter (F of EWC, Ω of SI; logarithmic)",
      words: "importance",
      caption: "After each experience: of EWC the mean of its F, the squared gradients of the " +
        "experience's loss over batches in the data set's order (avalanche-lib's are of one class, and its F is larger); of SI that of " +
        "its Ω, which 0.001 limits; mean over trials. With MM and HEM F is 0 where all images are classified beyond " +
        "the margin, and such an experience gets no protection.",
      of: (rows, experience) =>
        rows.find(({ metric, at }) => metric === "importance" && at.experience === experience)
          ?.value,
      remark: hemByCe,
      // Of the strategies those that measure an importance.
      has: (method) => method === "ewc" || method === "si",
      axis: { scale: { type: "log" }, axis: powersOfTen },
      factor: 1,
    }),
};

function course(
  results: Results,
  { name, title, words, caption, remark, has, of, axis, factor }: Course,
): Figure {
  const own = {
    ...partOf(results, (one) => isPaperSetting(one) && has(one.method)),
    conditions: results.conditions.filter(({ method }) => has(method)),
  };
  const all = pointsOf(own, of);
  // A logarithmic axis has no place for the others.
  const points = axis.scale.type === "log" ? all.filter(({ value }) => value > 0) : all;
  const off = all.filter((point) => !points.includes(point));
  const final = measured(own, measures.continual);
  const { scale, sentence, reduced, trials } = provenance(own, [final]);
  const there = new Set(points.map(conditionName));
  const wanted = own.conditions.filter((condition) => there.has(condition.name));
  const tasks = [...new Set(wanted.map(({ data }) => data))];
  const missing = missingConditions([{ ...final, measure: { ...final.measure, words } }], own);
  const content = (condition: string, isLast: boolean): SpecPart => ({
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
        axis: {
          title: isLast ? "Experiences learnt" : null,
          tickMinStep: 1,
          format: "d",
          grid: false,
        },
        scale: { nice: false, padding: 4 },
      },
      y: {
        field: "value",
        type: "quantitative",
        ...axis,
        axis: { title: null, minExtent: axisExtent, maxExtent: axisExtent, ...axis.axis },
      },
      color: { field: "color", type: "nominal", scale: null, legend: null },
      detail: { field: "series", type: "nominal" },
    },
  });
  return {
    name,
    title,
    scale,
    trials,
    coverage: { there: there.size, of: own.conditions.length },
    missing,
    data: points.map((point): DataRow => ({ ...point, setting: settingOf(conditionName(point)) })),
    summary: points.length === 0 ? "no results yet" : `${there.size} conditions`,
    spec: figureSpec({
      heading: title,
      caption: [
        sentence,
        caption,
        ...(remark?.(all) ?? []),
        ...(off.length === 0
          ? []
          : [`Not above 0 and so not on the logarithmic axis: ${listed(placesOf(off))}.`]),
        missingSentence(missing),
      ].join(" "),
      width: columnWidth.double,
      content: continualPanels({
        rows: tasks.map((task, row) =>
          wanted.filter(({ data }) => data === task).map((condition) => ({
            condition,
            content: content(condition.name, row === tasks.length - 1),
          }))
        ),
        least: 1,
        axisExtent,
        heightOf: () => 92,
        key: lossEntries(own.losses),
        reduced,
      }),
    }),
  };
}

/** How large F is with HEM beside CE: a claim that a margin loss protects nothing would be seen here. */
function hemByCe(points: readonly Point[]): string[] {
  const ofEwc = Map.groupBy(points.filter(({ method }) => method === "ewc"), ({ data }) => data);
  const ratios = [...ofEwc].flatMap(([data, own]) => {
    const [hem, ce] = ["hem", "ce"].map((loss) =>
      own.filter(({ series }) => series === loss).map(({ value }) => value)
    );
    if (hem!.length === 0 || ce!.length === 0 || mean(ce!) === 0) return [];
    return [`${Number((mean(hem!) / mean(ce!)).toPrecision(2))} on ${dataTitle(data)}`];
  });
  return ratios.length === 0
    ? []
    : [`EWC's F with HEM by that with CE, means over the experiences: ${listed(ratios)}.`];
}

/** "HEM with SI on SplitMNIST (task-incr., 5 heads (clean)) after experience 4 and 5", for each condition and loss. */
function placesOf(points: readonly Point[]): string[] {
  const places = Map.groupBy(
    points,
    (point) => runTitle(point.series, conditionName(point)),
  );
  return [...places].map(([place, same]) =>
    `${place} after experience ${listed(same.map(({ experience }) => String(experience)))}`
  );
}

/** The points of all conditions and losses, means over trials. */
function pointsOf(results: Results, of: Course["of"]): Point[] {
  const rows = results.rows.filter(({ stage }) => stage === "continual");
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
