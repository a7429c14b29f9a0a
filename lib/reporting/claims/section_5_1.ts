import { measures } from "../measures.ts";
import { shareRange } from "../interval.ts";
import type { Claim } from "./claim.ts";
import { printedIn } from "./printed.ts";
import { above, below, between, type Rule } from "./rule.ts";
import { difference, lead, onAverage, share, shareAbove } from "./statistics.ts";
import { perClassCount } from "./trends.ts";

const section = "5.1";
const here = { section };
const { clean, corrupt, unknownMsp, attack, confident, spread } = measures;
const needs = [section];
const inMost: Rule = { words: "in more than half", low: 0.5 };
const inAll: Rule = { words: "in all", low: 1, high: 1, closed: true };

/** What section 5.1 says. "Small" and "far" have no numbers in the paper: one point is taken for both. */
export const claims51: readonly Claim[] = [
  {
    id: "clean-ce-best",
    section,
    place: "5.1.1",
    statement:
      "on clean accuracy CE has a small but consistent advantage over HEM, insignificant in size",
    needs,
    checks: [
      {
        statistic: difference(here, ["ce", "hem"], clean),
        rule: between(0, 1),
        printed: printedIn("clean-ce-advantage"),
      },
      { statistic: shareAbove(here, ["ce", "hem"], clean), rule: inMost },
    ],
  },
  {
    id: "corrupt-ce-best",
    section,
    place: "5.1.1",
    statement: "the same on common corruptions",
    needs,
    checks: [
      {
        statistic: difference(here, ["ce", "hem"], corrupt),
        rule: between(0, 1),
        printed: printedIn("corrupt-ce-advantage"),
      },
      { statistic: shareAbove(here, ["ce", "hem"], corrupt), rule: inMost },
    ],
  },
  {
    id: "hem-like-ln",
    section,
    place: "5.1.1",
    statement: "HEM's clean and corrupt accuracy are similar to LN's",
    needs,
    checks: [clean, corrupt].map((measure) => ({
      statistic: difference(here, ["hem", "ln"], measure),
      rule: between(-0.5, 0.5),
    })),
  },
  {
    id: "hem-over-dice-mm",
    section,
    place: "5.1.1",
    statement: "HEM's clean and corrupt accuracy far exceed DICE's and MM's on average",
    needs,
    checks: [clean, corrupt].flatMap((measure) =>
      ["dice", "mm"].map((other) => ({
        statistic: difference(here, ["hem", other], measure),
        rule: above(1),
      }))
    ),
  },
  {
    id: "auroc-14-of-15",
    section,
    place: "5.1.2",
    statement: "HEM beats CE on unknown-class rejection in all but one of the fifteen conditions",
    needs,
    checks: [{
      statistic: shareAbove(here, ["hem", "ce"], unknownMsp),
      rule: { words: "in at least 14/15", low: 14 / 15, high: 1, closed: true },
      printed: printedIn("auroc-hem-wins"),
    }],
  },
  {
    id: "dar-consistent",
    section,
    place: "5.1.2",
    statement: "HEM has a similar, large and consistent advantage over CE in rejecting AutoAttack",
    needs,
    checks: [
      { statistic: difference(here, ["hem", "ce"], attack), rule: above(1) },
      {
        statistic: shareAbove(here, ["hem", "ce"], attack),
        rule: inAll,
        printed: printedIn("dar-hem-wins"),
      },
    ],
  },
  {
    id: "advantage-larger",
    section,
    place: "5.1.2",
    statement:
      "the advantages on rejection are much larger than the disadvantages on clean and corrupt accuracy",
    needs,
    checks: [unknownMsp, attack].map((measure) => ({
      statistic: onAverage(here, {
        words:
          `HEM's gain in ${measure.words}, less twice its larger loss of clean or corrupt accuracy`,
        unit: "points",
        quantities: [measure, clean, corrupt].flatMap((one) =>
          ["hem", "ce"].map((series) => ({ measure: one, series }))
        ),
        of: ([hem, ce, hemClean, ceClean, hemCorrupt, ceCorrupt]) =>
          hem! - ce! - 2 * Math.max(0, ceClean! - hemClean!, ceCorrupt! - hemCorrupt!),
      }),
      rule: above(),
    })),
  },
  {
    id: "hem-best-rejection",
    section,
    place: "5.1.2",
    statement:
      "on average HEM is the best of all losses on unknown classes and on AutoAttack, above LN too",
    needs,
    checks: [unknownMsp, attack].map((measure) => ({
      statistic: lead(here, "hem", ["ce", "ln", "dice", "mm"], measure),
      rule: above(),
    })),
  },
  {
    id: "mm-no-rejection",
    section,
    place: "5.1.2",
    statement:
      "MM does not improve unknown-class rejection beyond CE, and lowers clean accuracy, " +
      "most where there are many classes",
    needs,
    checks: [
      {
        statistic: difference(here, ["mm", "ce"], unknownMsp),
        rule: { words: "not above 0", high: 0, closed: true },
      },
      { statistic: difference(here, ["mm", "ce"], clean), rule: below() },
      { statistic: perClassCount(section, ["mm", "ce"], clean), rule: below() },
    ],
  },
  {
    id: "overconfidence",
    section,
    place: "5.1.2",
    statement: "CE gives very high confidence to most samples; LN, MM, HEM a much wider range",
    needs,
    checks: [
      {
        statistic: onAverage(here, {
          words: "share of test images with MSP above 0.99 under CE",
          unit: "percent",
          quantities: [{ measure: confident, series: "ce" }],
          of: ([of]) => of!,
          range: shareRange,
        }),
        rule: { words: "above 50 %", low: 0.5 },
      },
      ...["LN", "MM", "HEM"].map((label) => ({
        statistic: share(here, {
          words: `spread of MSP under ${label} at least twice that under CE`,
          quantities: [label.toLowerCase(), "ce"].map((series) => ({ measure: spread, series })),
          of: ([own, ce]) => own! - 2 * ce!,
        }),
        // Of one loss and one network: an exception is one.
        rule: inAll,
      })),
    ],
  },
];
