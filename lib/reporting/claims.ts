import { scaleTitles } from "./display.ts";
import { claimTests, type Verdict } from "./claim_tests.ts";
import type { DataRow, Table } from "./figure.ts";
import { readPaperTable } from "./paper_values.ts";
import { provenance } from "./provenance.ts";
import type { Results } from "./results_table.ts";

/**
 * Each claim that the paper makes in words (data/paper/claims.csv): reproduced, contradicted or not
 * yet run, computed from the results of section 5.1 at their scale.
 */
export function claimsTable(results: Results): Table {
  const { scale, trials, sentence } = provenance(results);
  const claims = readPaperTable("claims");
  const verdicts = claims.map(({ id }) => verdictOf(String(id), results));
  const count = (verdict: Verdict["verdict"]) =>
    verdicts.filter((given) => given.verdict === verdict).length;
  return {
    name: "claims",
    title: "The paper's claims in words",
    scale,
    trials,
    caption: `${sentence} Of ${claims.length} claims ${count("reproduced")} are reproduced and ` +
      `${count("contradicted")} contradicted on the conditions that have run, ` +
      `${count("not yet run")} have not been run. A verdict holds for these conditions and this ` +
      `scale only.`,
    columns: {
      place: "Section",
      claim: "Claim",
      verdict: "Verdict",
      numbers: "Numbers",
      scale: "Scale",
    },
    rows: claims.map(({ place, claim }, i): DataRow => ({
      place: place!,
      claim: claim!,
      verdict: verdicts[i]!.verdict,
      numbers: verdicts[i]!.numbers,
      scale: verdicts[i]!.verdict === "not yet run" ? "–" : scaleTitles[scale],
    })),
    missing: claims.filter((_, i) => verdicts[i]!.verdict === "not yet run")
      .map(({ id }) => `claim ${id}`),
  };
}

function verdictOf(id: string, results: Results): Verdict {
  const found = claimTests[id]?.(results);
  if (found === undefined) return { verdict: "not yet run", numbers: "–" };
  // A smoke run is for tests of the code: its networks have learnt next to nothing.
  return results.scale === "smoke" ? { ...found, verdict: "not decided" } : found;
}
