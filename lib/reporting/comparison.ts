import { conditionTitle } from "./conditions.ts";
import { balancedLosses, lossStyle, scaleTitles } from "./display.ts";
import type { DataRow, Table } from "./figure.ts";
import { averages, difference } from "./averages.ts";
import { corruptMeasure, type Measure, measured, measures } from "./measures.ts";
import { signed } from "./numbers.ts";
import { paperStatement } from "./paper_values.ts";
import { trialRange } from "./provenance.ts";
import type { Results } from "./results_table.ts";

/** One quantity that both the paper and we have a number or a word for. */
interface Quantity {
  statement: string;
  quantity: string;
  ours: number | null;
  /** How `ours` and the difference are written. */
  digits: number;
  /** `ours` is a difference, with a sign. */
  isSigned?: true;
  /** Trials that it is from. */
  trials: string;
  /** Why the paper's number is not beside ours, where it is not. */
  note?: string;
}

/**
 * The small table under a figure of section 5.1: what the paper says of it, ours, the difference,
 * trials and scale. The paper prints its figures' numbers nowhere, so these are the numbers of its
 * sentences; one that the text lost is said to be.
 */
export function comparison(figure: "figure_02" | "figure_03", results: Results): Table {
  const { scale } = results;
  const quantities = figure === "figure_02"
    ? [
      advantage(results, measures.clean, "clean-ce-advantage"),
      advantage(results, corruptMeasure(results), "corrupt-ce-advantage"),
    ]
    : [
      wins(results, measures.unknownMsp, "auroc-hem-wins"),
      rankOfHem(results, measures.unknownMsp, "hem-best-auroc"),
      wins(results, measures.attack, "dar-hem-wins"),
    ];
  return {
    name: `${figure}_comparison`,
    title: `Figure ${Number(figure.slice(-2))}: ours and the paper's`,
    scale,
    trials: [...new Set(quantities.map(({ trials }) => trials))].join(" or "),
    caption: "The paper's figures print no numbers; these stand in its sentences.",
    columns: {
      quantity: "Quantity",
      ours: "Ours",
      paper: "Paper",
      difference: "Difference",
      trials: "Trials",
      scale: "Scale",
      place: "Place in the paper",
    },
    rows: quantities.map((quantity) => rowOf(quantity, scaleTitles[scale])),
    missing: quantities.filter(({ ours }) => ours === null).map(({ quantity }) => quantity),
  };
}

function rowOf(quantity: Quantity, scale: string): DataRow {
  const { ours, digits, note, isSigned, trials } = quantity;
  const paper = paperStatement(quantity.statement);
  const { value, place } = paper;
  const comparable = ours !== null && value !== null && note === undefined;
  return {
    quantity: quantity.quantity,
    ours: ours === null ? "no result yet" : isSigned ? signed(ours, digits) : ours.toFixed(digits),
    paper: value === null ? paper.note : `${value}${note === undefined ? "" : ` (${note})`}`,
    difference: comparable ? signed(ours - value, digits) : "–",
    trials,
    scale,
    place,
  };
}

/** CE's mean advantage over HEM in percentage points, over the conditions that have both. */
function advantage(results: Results, measure: Measure, statement: string): Quantity {
  const ofMeasure = measured(results, measure);
  const found = difference(ofMeasure, "ce", "hem");
  const over = found?.conditions.map(conditionTitle).join(", ");
  return {
    statement,
    digits: 2,
    isSigned: true,
    quantity: `CE − HEM, ${measure.words} (points)${
      over === undefined ? "" : `, mean over ${over}`
    }`,
    ours: found === undefined ? null : 100 * found.mean,
    trials: trialRange([ofMeasure]),
  };
}

/** In how many conditions HEM is above CE. */
function wins(results: Results, measure: Measure, statement: string): Quantity {
  const ofMeasure = measured(results, measure);
  const found = difference(ofMeasure, "hem", "ce");
  return {
    statement,
    digits: 0,
    quantity: `Conditions where HEM is above CE, ${measure.words}, of ${
      found?.conditions.length ?? 0
    }`,
    ours: found?.wins ?? null,
    trials: trialRange([ofMeasure]),
    note: "of 15",
  };
}

/** The place of HEM among the five losses by their mean over conditions, 1 the best. */
function rankOfHem(results: Results, measure: Measure, statement: string): Quantity {
  const ofMeasure = measured(results, measure);
  const ranked = averages(ofMeasure, balancedLosses)
    .toSorted((a, b) => b.mean - a.mean);
  const order = ranked.map(({ loss }) => lossStyle(loss).label).join(" > ");
  return {
    statement,
    digits: 0,
    quantity: `Rank of HEM among the five losses, ${measure.words}${
      order === "" ? "" : `: ${order}`
    }`,
    ours: ranked.length === 0 ? null : ranked.findIndex(({ loss }) => loss === "hem") + 1,
    trials: trialRange([ofMeasure]),
  };
}
