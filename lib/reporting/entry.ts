import type { Evidence } from "./evidence.ts";
import type { Figure, Table } from "./figure.ts";

/** A figure or a table of the workbook, as the catalogue has it. */
export interface Entry {
  /** File name without ending, such as `figure_02`. */
  name: string;
  /** What it is called in the paper, such as "Figure 2"; absent: it is one of ours. */
  item?: string;
  /** The section of the paper whose notebook shows it. */
  section: string;
  /** The sections whose results it shows; none: it is of no trials, and drawn once for all scales. */
  needs: readonly string[];
  /** Each of its parts can stand at a scale of its own, the best that has results of it. */
  mixed?: true;
  /** Its parts are one comparison: shown at the best scale that has all of them, where there is one. */
  whole?: true;
  /** The entry that it stands beside, by its name: shown at the scale of that one. */
  beside?: string;
  /** The claims, by their ids, that it is the evidence of. */
  claims?: readonly string[];
  /** Draws it. What computes with TensorFlow imports it here, so that nothing else waits for it. */
  draw(source: DrawSource): Figure | Table | Promise<Figure | Table>;
}

/** What an entry is drawn from. */
export interface DrawSource {
  /** The results of the scale that it shows. */
  evidence: Evidence;
  /** Those of smaller scales, the better first, for what has no result at that one; none where a scale was asked for. */
  lesser: readonly Evidence[];
}
