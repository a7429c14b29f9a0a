import { type Scale } from "../trials/mod.ts";
import type { VegaLiteSpec } from "./style.ts";

/** One row of the numbers behind a figure or of a table. */
export type DataRow = Record<string, string | number | null>;

/** A figure: the chart, the numbers in it, and what it says in a line. */
export interface Figure {
  /** File name without ending, such as `figure_02`. */
  name: string;
  title: string;
  /** The scale of its results; absent where it shows no results of trials. */
  scale?: Scale;
  spec: VegaLiteSpec;
  /** The numbers drawn, for the CSV file. */
  data: DataRow[];
  /** What should be in it and is not. */
  missing: string[];
  /** The conditions in it, of those that there should be; absent where it shows no results of trials. */
  coverage?: Coverage;
  /** How many networks of the user's own are in it; absent: none. */
  own?: number;
  /** Trials per condition, as "2" or "2–5"; absent where it shows no results of trials. */
  trials?: string;
  /** The main numbers in one line, for a reader without images. */
  summary: string;
}

/** A table of the paper, or of our own. */
export interface Table {
  name: string;
  title: string;
  scale?: Scale;
  caption: string;
  /** Column headings by key of `rows`, in order. */
  columns: Record<string, string>;
  /** Cells as they are shown. */
  rows: DataRow[];
  /** Numbers for the CSV file where the shown cells are rounded or joined; default `rows`. */
  data?: DataRow[];
  missing: string[];
  coverage?: Coverage;
  own?: number;
  trials?: string;
  /** What the table compares with numbers that the paper prints, in one number; absent: nothing. */
  agreement?: Agreement;
}

/** Ours beside the paper's in one number, such as "24 of 24 values". */
export interface Agreement {
  quantity: string;
  ours: string;
  paper: string;
}

/** How many of the conditions that there should be have results. */
export interface Coverage {
  there: number;
  of: number;
  /** What is counted where it is no conditions. */
  unit?: "panels" | "numbers" | "values";
}

/** Whether a drawing has none of the results of trials that it should show. */
export function lacksAll({ coverage }: Figure | Table): boolean {
  return coverage?.there === 0;
}

/** Whether there is nothing to show in a drawing: no result of a trial, and no network of the user's own. */
export function isEmpty(item: Figure | Table): boolean {
  return lacksAll(item) && !item.own;
}
