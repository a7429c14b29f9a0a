import { paperStatement, readPaperTable } from "../paper_values.ts";
import type { Printed } from "./claim.ts";

/** The number of a sentence of the paper, by its row in data/paper/statements.csv: a share where it counts, a fraction of points. */
export function printedIn(statement: string): Printed {
  const { value, unit, note } = paperStatement(statement);
  const outOf = /^\w+ of (\d+)$/.exec(unit)?.[1];
  return {
    value: value === null ? null : value / Number(outOf ?? 100),
    note: value === null || outOf === undefined ? note : `${value} of ${outOf}`,
  };
}

/** What the paper says that half the learning rate adds to a metric (data/paper/section_b3.csv). */
export function printedGain(metric: string): Printed {
  const [from, to] = [0.1, 0.05].map((rate) =>
    Number(
      readPaperTable("section_b3").find((row) =>
        row.metric === metric && row.learning_rate === rate
      )!
        .percent,
    )
  );
  return { value: (to! - from!) / 100, note: `${from} to ${to} %` };
}
