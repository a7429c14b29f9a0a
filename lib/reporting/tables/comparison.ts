import { claims, decide, oursText, printedDifference, printedText } from "../claims/mod.ts";
import { rangeText, scaleTitles } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { countSentence, intervalSentence } from "../interval.ts";
import { remarksOn } from "../provenance.ts";

/**
 * The small table under a figure or table: each number that its claims hang on, ours with its interval, the paper's where the
 * paper prints one, difference, trials, coverage and scale.
 */
export function comparisonOf({ name, item, section, needs, claims: ids = [] }: Entry): Entry {
  const own = claims.filter(({ id }) => ids.includes(id));
  // Not all that is drawn beside it: what the numbers of the table are of.
  const sections = [...new Set(own.flatMap(({ needs }) => needs))];
  const isOfCounts = own.some(({ checks }) =>
    checks.some(({ statistic }) => statistic.unit === "conditions")
  );
  return {
    name: `${name}_comparison`,
    section,
    needs,
    beside: name,
    draw({ evidence }): Table {
      const decisions = own.map((claim) => decide(claim, { evidence, computed: {} }));
      const parts = decisions.flatMap(({ claim, parts }) => parts.map((part) => ({ claim, part })));
      return {
        name: `${name}_comparison`,
        title: `${item}: ours and the paper's`,
        scale: evidence.scale,
        trials: [...new Set(decisions.map(({ trials }) => trials))].join(" or "),
        caption: `The paper's figures print no numbers; these stand in its sentences. ${
          [
            ...remarksOn(sections.map((one) => evidence.results(one))),
            intervalSentence,
            ...(isOfCounts ? [countSentence] : []),
          ].join(" ")
        }`,
        columns: {
          place: "Section",
          quantity: "Quantity",
          ours: "Ours",
          paper: "Paper",
          difference: "Difference",
          wanted: "Wanted",
          verdict: "Verdict",
          trials: "Trials",
          coverage: "Conditions",
          scale: "Scale",
        },
        rows: parts.map(({ claim, part }): DataRow => {
          const { check, finding, verdict } = part;
          return {
            place: claim.place,
            quantity: check.statistic.words,
            ours: oursText(part),
            paper: printedText(part),
            difference: printedDifference(part),
            wanted: check.rule.words,
            verdict,
            trials: rangeText(finding?.trials ?? []),
            coverage: finding?.coverage === undefined
              ? "–"
              : `${finding.coverage.there} of ${finding.coverage.of}`,
            scale: scaleTitles[evidence.scale],
          };
        }),
        coverage: {
          there: parts.filter(({ part }) => part.finding !== undefined).length,
          of: parts.length,
          unit: "numbers",
        },
        missing: parts.filter(({ part }) => part.finding === undefined)
          .map(({ part }) => part.check.statistic.words),
      };
    },
  };
}
