// From stored results to the paper's figures, tables and verdicts, in a notebook or as files.
// In: data/results/, data/paper/, figures/bench.json. Out: figures/, and what a notebook displays.
// A new figure: a file in figures/ with an `Entry`, and a line in catalogue.ts; what computes imports TensorFlow in its draw().
import "./no_deprecation.ts";
export { catalogue, entryOf } from "./catalogue.ts";
export type { DrawSource, Entry } from "./entry.ts";
export { closing, draw, drawings, scaleShown, sourceOf } from "./draw.ts";
export { report } from "./report.ts";
export { show } from "./show.ts";
export type { Coverage, DataRow, Figure, Table } from "./figure.ts";
export { folderOf, shortPath, writeFigure, writeTable } from "./files.ts";
export { withResults } from "./readme/mod.ts";
export { renderPng, renderSvg } from "./render.ts";
export type { VegaLiteSpec } from "./style.ts";
export { corruptionLists, projectFolder, readSettings, type Settings } from "./settings.ts";
export {
  openResults,
  type Results,
  resultsOf,
  type ResultsRow,
  shownScales,
} from "./results_table.ts";
export { type Evidence, evidenceOf, pairedTrials, type Quantity } from "./evidence.ts";
export { type Estimate, estimate, type PairedTrials } from "./interval.ts";
export { averages } from "./averages.ts";
export { type Cell, type Measured, measured } from "./measured.ts";
export { type Measure, measures } from "./measures.ts";
export { lossStyle, lossStyles, unknownSetsOf } from "./display.ts";
export { claims, decideAll, type Decision } from "./claims/mod.ts";
export { layersTable } from "./tables/table_02.ts";
