import { join } from "node:path";
import { fromCSV } from "arquero";
import { counted, listed } from "../display.ts";

/** A row of figures/claims.csv that README tells of. */
interface ClaimRow {
  place: string;
  claim: string;
  verdict: string;
  coverage: string;
  scale: string;
  /** Which conditions stand in for the paper's; null where none do. */
  stand_ins: string | null;
}

/**
 * What README's first screen says of the results: how many claims hold, which, and on what that rests; from figures/claims.csv, so
 * that it says what the figures say.
 */
export function readmeResults(figures: string): string {
  const rows = fromCSV(Deno.readTextFileSync(join(figures, "claims.csv")), { autoType: false })
    .objects() as ClaimRow[];
  const of = (verdict: string) => rows.filter((row) => row.verdict === verdict);
  const decided = rows.filter(({ verdict }) => verdict !== "not yet run");
  const scales = [...Map.groupBy(decided, ({ scale }) => scale)]
    .map(([scale, same]) =>
      `${same.length} ${scale === "–" ? "without trials" : `at the ${scale.toLowerCase()}`}`
    );
  const items = (verdict: string) =>
    of(verdict).map(({ place, claim, scale, coverage, stand_ins }) =>
      `- ${verdict} (${
        [place, scale, coverage, stand_ins].filter((part) => part && part !== "–").join(", ")
      }): ${claim}`
    );
  return [
    `Of the paper's ${counted(rows.length, "claim")}, ${of("reproduced").length} are reproduced, ` +
    `${of("contradicted").length} contradicted, ${
      of("undecided").length
    } undecided (the interval holds both answers, or there ` +
    `are too few trials, or they diverged, or too few of its numbers were run) and ${
      of("not yet run").length
    } not yet run. By scale: ${listed(scales)}. A verdict holds ` +
    "for the networks, data sets and scale that it names, and most of the paper's data sets are larger than what was trained here.",
    "",
    ...items("reproduced"),
    ...items("contradicted"),
  ].join("\n");
}
