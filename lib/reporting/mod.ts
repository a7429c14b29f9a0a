// From stored results to the paper's figures and tables, in a notebook or as files.
// In: data/results/, data/paper/, figures/bench.json. Out: figures/, and what a notebook displays.
// No TensorFlow here: a figure is redrawn in a second; what needs it is handed in (`tf`, `losses`, `measureNetwork`).
import "./no_deprecation.ts";
export { openResults, type Results, resultsOf, type ResultsRow } from "./results_table.ts";
export { corruptionLists, projectFolder, readSettings, type Settings } from "./settings.ts";
export type { DataRow, Figure, Table } from "./figure.ts";
export { show } from "./show.ts";
export { folderOf, shortPath, writeFigure, writeTable } from "./files.ts";
export { renderPng, renderSvg } from "./render.ts";
export type { VegaLiteSpec } from "./style.ts";
export { lossStyle, lossStyles, unknownSetsOf } from "./display.ts";
export { averages, difference } from "./averages.ts";
export { type Measure, measured, measures } from "./measures.ts";
export { figure02 } from "./figure_02.ts";
export { figure03 } from "./figure_03.ts";
export { figure04 } from "./figure_04.ts";
export { lossCurves, lossesFigure } from "./loss_curves.ts";
export { table01 } from "./table_01.ts";
export { layersTable, table02 } from "./table_02.ts";
export { table51 } from "./table_5_1.ts";
export { comparison } from "./comparison.ts";
export { assumptionsTable } from "./assumptions.ts";
export { claimsTable } from "./claims.ts";
export { computedClaims, type StepTime } from "./computed_claims.ts";
