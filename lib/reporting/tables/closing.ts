import { oursText, type Part, printedText } from "../claims/mod.ts";
import { listed } from "../display.ts";
import type { DrawSource, Entry } from "../entry.ts";
import { type Agreement, type DataRow, type Figure, lacksAll, type Table } from "../figure.ts";
import { bestDecision, decisionsByScale, remarksOnDecided } from "./claims.ts";

/** What is drawn of one of the paper's figures or tables, at the scale that it is shown at. */
export interface DrawnItem {
  entry: Entry;
  drawn: Figure | Table;
}

/**
 * The closing table: each figure and table of the paper once, ours, the paper's, scale, trials, coverage and verdict; all of a
 * row at the scale that the figure or table is shown at.
 *
 * @param items each of the paper's figures and tables as it was drawn
 * @param source where its claims are decided
 */
export async function closingTable(
  items: readonly DrawnItem[],
  source: DrawSource,
): Promise<Table> {
  const decided = await decisionsByScale(source);
  const rows = items.map(({ entry, drawn }) => ({
    entry,
    drawn,
    own: (entry.claims ?? []).flatMap((id) => decided.filter(([first]) => first!.claim.id === id))
      .map((ofClaim) => {
        const best = bestDecision(ofClaim);
        const one = ofClaim.find(({ scale }) => scale === drawn.scale) ?? best;
        const isElsewhere = one.verdict === "not yet run" && best.verdict !== one.verdict;
        return { ...one, said: isElsewhere ? `${one.verdict} at this scale` : one.verdict };
      }),
  }));
  return {
    name: "closing",
    title: "The paper's figures and tables: ours and the paper's",
    caption:
      "Each at the best scale that has results of it, a sweep at the best that has the whole of it. The paper prints no " +
      "numbers in its figures: those beside ours are of its sentences. Verdict: of the claims that hang on the figure or " +
      `table, at its scale. ${remarksOnDecided(rows.flatMap(({ own }) => own), source).join(" ")}`
        .trimEnd(),
    columns: {
      item: "Item",
      quantity: "Quantity",
      ours: "Ours",
      paper: "Paper",
      scale: "Scale",
      trials: "Trials",
      coverage: "Coverage",
      verdict: "Verdict",
    },
    rows: rows.map(({ entry, drawn, own }): DataRow => {
      // The first number that the first of its claims hangs on stands for the others, which are in the table of claims.
      const part = own[0]?.parts[0];
      const agreement = "agreement" in drawn ? drawn.agreement : undefined;
      return {
        item: entry.item!,
        ...(agreement ?? numberOf(part, drawn)),
        scale: drawn.scale ?? "–",
        trials: drawn.trials ?? "–",
        coverage: coverageText(drawn),
        verdict: verdictsOf(own),
      };
    }),
    missing: items.filter(({ drawn }) => lacksAll(drawn)).map(({ entry }) => entry.item!),
  };
}

/** The number of a claim, ours and the paper's. */
function numberOf(part: Part | undefined, { title }: Figure | Table): Agreement {
  if (part === undefined) return { quantity: title, ours: "see there", paper: "see there" };
  return {
    quantity: part.check.statistic.words,
    ours: oursText(part),
    paper: printedText(part),
  };
}

/** "3 of 15 conditions". */
function coverageText({ coverage }: Figure | Table): string {
  if (coverage === undefined) return "–";
  const { there, of, unit = of === 1 ? "condition" : "conditions" } = coverage;
  return `${there} of ${of} ${unit}`;
}

/** "2 of 4 reproduced, 1 contradicted, 1 undecided". */
function verdictsOf(decided: readonly { said: string }[]): string {
  if (decided.length === 0) return "–";
  const byVerdict = Map.groupBy(decided, ({ said }) => said);
  if (decided.length === 1) return decided[0]!.said;
  return listed([...byVerdict].map(([verdict, same]) => `${same.length} ${verdict}`));
}
