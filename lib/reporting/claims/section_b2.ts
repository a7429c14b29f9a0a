import { measures } from "../measures.ts";
import type { Claim } from "./claim.ts";
import { above, below } from "./rule.ts";
import { difference } from "./statistics.ts";
import { perClassCount } from "./trends.ts";

const section = "B.2";
const here = { section };
const { clean } = measures;

/** The rows of Table 3, from MM to HEM, as series. */
export const ablationSeries = [
  "mm",
  "mm@errors=above_zero",
  "mm@errors=thresholded",
  "hem",
] as const;
const [mm, maz, thres, hem] = ablationSeries;

/** What appendix B.2 says of the two changes that make HEM of MM. */
export const claimsB2: readonly Claim[] = [{
  id: "ablation-order",
  section,
  place: "B.2",
  statement:
    "maz alone improves on MM, most with more classes; thres alone is less effective; both together are best",
  needs: [section],
  checks: [
    { statistic: difference(here, [maz, mm], clean), rule: above() },
    { statistic: perClassCount(section, [maz, mm], clean), rule: above() },
    { statistic: difference(here, [thres, maz], clean), rule: below() },
    ...[mm, maz, thres].map((other) => ({
      statistic: difference(here, [hem, other], clean),
      rule: above(),
    })),
  ],
}];
