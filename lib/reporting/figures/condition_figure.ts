import { conditionDots } from "../condition_dots.ts";
import { missingConditions, missingSentence } from "../lacking.ts";
import { averagesSentence, dotColumn, summarise } from "../dot_column.ts";
import type { Figure } from "../figure.ts";
import type { Measured } from "../measured.ts";
import type { Measure } from "../measures.ts";
import { measuredRows } from "../numbers.ts";
import { countOwn, damagedOwn, ownSentence } from "../own.ts";
import { provenance } from "../provenance.ts";
import type { Results } from "../results_table.ts";
import { columnWidth, figureSpec } from "../style.ts";

/** What Figures 2, 3, 5 and 6 differ in. */
export interface ConditionFigure {
  name: string;
  title: string;
  /** A column each. */
  measures: readonly Measure[];
  /** What the caption says of the measures. */
  sentences(shown: readonly Measured[]): string;
  /** What is missing beside conditions and losses. */
  missing?(shown: readonly Measured[]): string[];
}

/** A figure of some measures in every condition of a section, and of their averages over the conditions. */
export function conditionFigure(results: Results, figure: ConditionFigure): Figure {
  const { conditions, losses, pairs } = results;
  const columns = figure.measures.map((measure) => dotColumn(results, measure));
  const shown = columns.map(({ measured }) => measured);
  const { scale, sentence, reduced, trials } = provenance(results, shown);
  const own = columns.map((column) => column.own);
  const missing = [
    ...missingConditions(shown, results),
    ...figure.missing?.(shown) ?? [],
    ...own.flatMap(({ lacking }) => lacking),
    ...damagedOwn(results),
  ];
  const there = new Set(shown.flatMap(({ cells }) => cells.map(({ condition }) => condition)));
  return {
    name: figure.name,
    title: figure.title,
    scale,
    trials,
    coverage: { there: there.size, of: conditions.length },
    own: countOwn(own.flatMap(({ cells }) => cells)),
    missing,
    data: measuredRows(columns),
    summary: columns.map(summarise).join("; "),
    spec: figureSpec({
      heading: figure.title,
      caption: `${sentence} ${figure.sentences(shown)}${averagesSentence(results)} ` +
        `${ownSentence(own)}${missingSentence(missing)}`,
      width: columnWidth.double,
      content: conditionDots({ columns, conditions, compared: pairs.flat(), losses, reduced }),
    }),
  };
}
