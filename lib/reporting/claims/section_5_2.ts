import { type Measure, measures } from "../measures.ts";
import { differenceRange } from "../interval.ts";
import type { Claim } from "./claim.ts";
import { above, below, between } from "./rule.ts";
import { difference, onAverage } from "./statistics.ts";

const section = "5.2";
const here = { section };
const { clean, corrupt, unknownMsp, unknownMls, attack, attackMls } = measures;
const needs = [section];
const rejections = [unknownMsp, attack];

/** The larger distance of LN from the nearer of HEM and HEM+. */
function fromNearer(measure: Measure) {
  return onAverage(here, {
    words: `LN − the nearer of HEM and HEM+, ${measure.words}`,
    unit: "points",
    quantities: ["ln", "hem", "hem_plus"].map((series) => ({ measure, series })),
    of: ([ln, hem, plus]) =>
      Math.abs(ln! - hem!) < Math.abs(ln! - plus!) ? ln! - hem! : ln! - plus!,
    range: differenceRange,
  });
}

/** DICE beside HEM and HEM+: below both, or above both. */
function diceBeside(measure: Measure, side: "below" | "above") {
  const end = side === "below" ? Math.min : Math.max;
  return onAverage(here, {
    words: `DICE − the ${side === "below" ? "lower" : "higher"} of HEM and HEM+, ${measure.words}`,
    unit: "points",
    quantities: ["dice", "hem", "hem_plus"].map((series) => ({ measure, series })),
    of: ([dice, ...both]) => dice! - end(...both),
    range: differenceRange,
  });
}

/** What section 5.2 says of long-tailed data. "Similar" has no number in the paper: two points are taken. */
export const claims52: readonly Claim[] = [
  {
    id: "lt-like-balanced",
    section,
    place: "5.2",
    statement: "on long-tailed data CE and HEM are similar in clean and corrupt accuracy, " +
      "HEM better on both rejections",
    needs,
    checks: [
      ...[clean, corrupt].map((measure) => ({
        statistic: difference(here, ["hem", "ce"], measure),
        rule: between(-2, 2),
      })),
      ...rejections.map((measure) => ({
        statistic: difference(here, ["hem", "ce"], measure),
        rule: above(),
      })),
    ],
  },
  {
    id: "lt-la-accuracy",
    section,
    place: "5.2",
    statement: "LA is above HEM+ in clean and corrupt accuracy",
    needs,
    checks: [clean, corrupt].map((measure) => ({
      statistic: difference(here, ["la", "hem_plus"], measure),
      rule: above(),
    })),
  },
  {
    id: "lt-hemplus-rejection",
    section,
    place: "5.2",
    statement: "HEM and HEM+ are above LA on both rejections",
    needs,
    checks: rejections.flatMap((measure) =>
      ["hem", "hem_plus"].map((first) => ({
        statistic: difference(here, [first, "la"], measure),
        rule: above(),
      }))
    ),
  },
  {
    id: "lt-ln",
    section,
    place: "5.2",
    statement: "LN is like HEM or HEM+ on three of the four metrics, worse on AutoAttack",
    needs,
    checks: [
      ...[clean, corrupt, unknownMsp].map((measure) => ({
        statistic: fromNearer(measure),
        rule: between(-2, 2),
      })),
      { statistic: fromNearer(attack), rule: below() },
    ],
  },
  {
    id: "lt-dice",
    section,
    place: "5.2",
    statement:
      "DICE is significantly worse than HEM and HEM+ on everything but adversarial rejection by MLS, " +
      "where it is above them",
    needs,
    checks: [
      ...[clean, corrupt, unknownMsp, unknownMls, attack].map((measure) => ({
        statistic: diceBeside(measure, "below"),
        rule: below(),
      })),
      { statistic: diceBeside(attackMls, "above"), rule: above() },
    ],
  },
];
