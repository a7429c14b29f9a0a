import {
  type Claim,
  claims,
  decide,
  type Decision,
  sentence,
  type Verdict,
} from "../claims/mod.ts";
import { computedNumbers } from "../claims/computed_numbers.ts";
import { planOf } from "../../reproduction/mod.ts";
import { conditionNameOf, lossLabel, type Scale, scales } from "../../trials/mod.ts";
import { scaleTitles } from "../display.ts";
import type { DrawSource, Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { countSentence, intervalSentence } from "../interval.ts";
import { remarksOn } from "../provenance.ts";

const needs = [...new Set(claims.flatMap(({ needs }) => needs))];

/** What the paper claims in words: how many claims hold, by section. */
export const claimsSummary: Entry = {
  name: "claims_summary",
  section: "claims",
  needs,
  mixed: true,
  async draw(source) {
    const decided = await decisions(source);
    return summaryTable(decided, scaleOf(source), remarksOnDecided(decided, source));
  },
};

/** Each claim with its numbers and its verdict. */
export const claimsTable: Entry = {
  name: "claims",
  section: "claims",
  needs,
  mixed: true,
  async draw(source) {
    const decided = await decisions(source);
    return decisionsTable(decided, scaleOf(source), remarksOnDecided(decided, source));
  },
};

/** What of the runs behind the verdicts has to be said, by their scale. */
export function remarksOnDecided(
  decided: readonly Decision[],
  { evidence, lesser }: DrawSource,
): string[] {
  return [evidence, ...lesser].flatMap((of) => {
    const own = decided.filter((one) => one.scale === of.scale && one.verdict !== "not yet run");
    const sections = new Set(own.flatMap(({ claim }) => claim.needs));
    const remarks = remarksOn([...sections].map((section) => of.results(section)));
    return remarks.length === 0 ? [] : [`${scaleTitles[of.scale]}: ${remarks.join(" ")}`];
  });
}

/** Decides each claim at the best scale that has something to say on it. */
export async function decisions(source: DrawSource): Promise<Decision[]> {
  return (await decisionsByScale(source)).map(bestDecision);
}

/** Decides each claim at every scale, the best first; what is computed without trials loads TensorFlow. */
export async function decisionsByScale({ evidence, lesser }: DrawSource): Promise<Decision[][]> {
  const [{ tf }, { losses }] = await Promise.all([
    import("../../tensorflow/mod.ts"),
    import("../../losses/mod.ts"),
  ]);
  const computed = computedNumbers(tf, losses);
  return claims.map((claim) =>
    [evidence, ...lesser].map((of) => decide(claim, { evidence: of, computed }))
  );
}

/** Of a claim's decisions, the best scale's first, the first that has a number, else the first whose trainings diverged. */
export function bestDecision(ofClaim: readonly Decision[]): Decision {
  return ofClaim.find(({ parts }) => parts.some(({ finding }) => finding !== undefined)) ??
    ofClaim.find(({ verdict }) => verdict !== "not yet run") ?? ofClaim[0]!;
}

/** The scale of a table of claims: none where each stands at its best. */
function scaleOf({ evidence, lesser }: DrawSource): { scale?: Scale } {
  return lesser.length === 0 ? { scale: evidence.scale } : {};
}

const verdicts: readonly Verdict[] = ["reproduced", "contradicted", "undecided", "not yet run"];

function summaryTable(
  decided: readonly Decision[],
  scale: { scale?: Scale },
  remarks: readonly string[],
): Table {
  const countsOf = (some: readonly Decision[]) =>
    Object.fromEntries(verdicts.map((verdict) => [
      verdict,
      some.filter((one) => one.verdict === verdict).length,
    ]));
  const bySection = [...Map.groupBy(decided, ({ claim }) => claim.section)];
  return {
    name: claimsSummary.name,
    title: "The paper's claims: how many hold",
    ...scale,
    caption:
      `${
        scalesText(scale)
      } Undecided: the 95 % interval holds both answers, or there are too few trials or ` +
      [
        `too few of the numbers that a claim hangs on, or its trainings diverged. Not yet run: there is no result of it.`,
        ...remarks,
      ].join(" "),
    columns: {
      section: "Section",
      claims: "Claims",
      ...Object.fromEntries(
        verdicts.map((verdict) => [verdict, verdict[0]!.toUpperCase() + verdict.slice(1)]),
      ),
      coverage: "Conditions",
    },
    rows: [
      ...bySection.map(([section, some]): DataRow => ({
        section,
        claims: some.length,
        ...countsOf(some),
        coverage: [...new Set(some.map(({ coverage }) => coverage))].join("; "),
      })),
      { section: "all", claims: decided.length, ...countsOf(decided), coverage: "" },
    ],
    missing: [],
  };
}

function decisionsTable(
  decided: readonly Decision[],
  scale: { scale?: Scale },
  remarks: readonly string[],
): Table {
  return {
    name: claimsTable.name,
    title: "The paper's claims in words",
    ...scale,
    caption: `${scalesText(scale)} A verdict holds for these conditions and this scale only. ${
      [...remarks, intervalSentence, countSentence].join(" ")
    }`,
    columns: {
      place: "Place",
      claim: "Claim",
      verdict: "Verdict",
      numbers: "Numbers",
      coverage: "Conditions",
      trials: "Trials",
      scale: "Scale",
    },
    rows: decided.map((one): DataRow => ({
      place: one.claim.place,
      claim: one.claim.statement,
      verdict: one.verdict,
      numbers: one.verdict === "not yet run" ? howToRun(one) : one.parts.map(sentence).join("\n"),
      coverage: one.coverage,
      trials: one.trials,
      scale: one.verdict === "not yet run" || one.claim.needs.length === 0
        ? "–"
        : scaleTitles[one.scale],
      // For README; the table itself has them in its caption.
      stand_ins: one.standIns.join(", "),
    })),
    missing: decided.filter(({ verdict }) => verdict === "not yet run")
      .map(({ claim }) => `claim ${claim.id}`),
  };
}

function scalesText({ scale }: { scale?: Scale }): string {
  return scale === undefined
    ? "Each claim at the best scale that has results of it."
    : `${scaleTitles[scale]}.`;
}

/** The command that would run what a claim hangs on: at the decision's scale, or the next one that is enough. */
export function howToRun({ claim, scale }: Pick<Decision, "claim" | "scale">): string {
  if (claim.needs.length === 0) return 'deno task bench --only "hem/*" --json figures/bench.json';
  return claim.needs.map((section) =>
    `deno task reproduce --section ${section} --scale ${scaleWith(claim, section, scale)}`
  ).join("; ");
}

/** The first scale, from a given one on, that trains a condition that a claim is of; the paper's has all. */
function scaleWith({ checks }: Claim, section: string, from: Scale): Scale {
  const trains = (scale: Scale) =>
    planOf(section, scale, { repeats: 1 }).some(({ trial }) => {
      const name = conditionNameOf(trial), series = lossLabel(trial);
      return checks.some(({ statistic: { section: of = section, isIn, isOf } }) =>
        of === section && (isIn?.(name) ?? true) && (isOf?.(series) ?? true)
      );
    });
  return scales.slice(scales.indexOf(from)).find(trains) ?? "paper";
}
