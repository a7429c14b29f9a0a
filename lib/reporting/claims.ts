import { scaleTitles } from "./display.ts";
import { claimTests, type Verdict } from "./claim_tests.ts";
import type { DataRow, Table } from "./figure.ts";
import { readPaperTable } from "./paper_values.ts";
import { mainMeasures, measured } from "./measures.ts";
import { provenance } from "./provenance.ts";
import type { Results } from "./results_table.ts";

/**
 * Each claim that the paper makes in words (data/paper/claims.csv): reproduced, contradicted or not
 * yet run, from the results of section 5.1 at their scale.
 *
 * @param computed Verdicts that need no trial; see {@linkcode computedClaims}
 */
export function claimsTable(
  results: Results,
  computed: Readonly<Record<string, Verdict>>,
): Table {
  const { scale, trials, sentence } = provenance(
    results,
    mainMeasures.map((measure) => measured(results, measure)),
  );
  const claims = readPaperTable("claims");
  const verdicts = claims.map(({ id }) => computed[String(id)] ?? verdictOf(String(id), results));
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
      `scale only. Differences: mean ± standard deviation over trials (n − 1; none for one trial).`,
    columns: {
      place: "Section",
      claim: "Claim",
      verdict: "Verdict",
      numbers: "Numbers",
      scale: "Scale",
    },
    rows: claims.map(({ id, place, claim }, i): DataRow => ({
      place: place!,
      claim: claim!,
      verdict: verdicts[i]!.verdict,
      numbers: verdicts[i]!.numbers,
      scale: verdicts[i]!.verdict === "not yet run"
        ? "–"
        : String(id) in computed
        ? "no trials"
        : scaleTitles[scale],
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
