import type { Entry } from "./entry.ts";
import { continualCourse, continualImportance } from "./figures/continual_course.ts";
import { continualMatrices } from "./figures/continual_matrices.ts";
import { figure01 } from "./figures/figure_01.ts";
import { figure02 } from "./figures/figure_02.ts";
import { figure03 } from "./figures/figure_03.ts";
import { figure04 } from "./figures/figure_04.ts";
import { figure05 } from "./figures/figure_05.ts";
import { figure06 } from "./figures/figure_06.ts";
import { figure07 } from "./figures/figure_07.ts";
import { figure08 } from "./figures/figure_08.ts";
import { figure09 } from "./figures/figure_09.ts";
import { figure10 } from "./figures/figure_10.ts";
import { figure11 } from "./figures/figure_11.ts";
import { learntImages } from "./figures/learnt_images.ts";
import { lossesFigure } from "./figures/losses.ts";
import { assumptions } from "./tables/assumptions.ts";
import { classesTable } from "./tables/classes.ts";
import { classIouTable } from "./tables/class_iou.ts";
import { claimsSummary, claimsTable } from "./tables/claims.ts";
import { segmentationScenes } from "./figures/segmentation_scenes.ts";
import { comparisonOf } from "./tables/comparison.ts";
import { continualBaselines } from "./tables/continual_baselines.ts";
import { continualTable } from "./tables/continual.ts";
import { extraCostTable } from "./tables/extra_cost.ts";
import { learningRateTable } from "./tables/learning_rate.ts";
import { marginIndex } from "./tables/margin_index.ts";
import { openSettings } from "./tables/open_settings.ts";
import { sectionTables } from "./tables/section_table.ts";
import { skippingTable } from "./tables/skipping.ts";
import { shotsTable } from "./tables/shots.ts";
import { table01 } from "./tables/table_01.ts";
import { table02 } from "./tables/table_02.ts";
import { table03 } from "./tables/table_03.ts";
import { assumptionsMeasured } from "./tables/variants.ts";

const items: readonly Entry[] = [
  figure01,
  table01,
  lossesFigure,
  table02,
  figure02,
  figure03,
  figure04,
  figure05,
  figure06,
  ...sectionTables,
  shotsTable,
  classesTable,
  figure07,
  continualTable,
  continualBaselines,
  continualCourse,
  continualMatrices,
  continualImportance,
  figure08,
  segmentationScenes,
  classIouTable,
  figure09,
  figure10,
  table03,
  figure11,
  learningRateTable,
  learntImages,
  skippingTable,
  extraCostTable,
  claimsSummary,
  claimsTable,
  assumptionsMeasured,
  marginIndex,
  assumptions,
  openSettings,
];

/** Every figure and table of the workbook; under each of the paper's that claims hang on, the table that compares it. */
export const catalogue: readonly Entry[] = items.flatMap((entry) =>
  entry.needs.length > 0 && entry.claims !== undefined ? [entry, comparisonOf(entry)] : [entry]
);

/**
 * The entry of a name, such as `figure_02`.
 *
 * @throws {RangeError} where there is none, with the names that there are.
 */
export function entryOf(name: string): Entry {
  const found = catalogue.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot draw "${name}": there are ${catalogue.map((entry) => entry.name).join(", ")}`,
  );
}
