// What the paper claims in words, as data: what each needs, the numbers that decide it, and the rules of its verdict.
// In: the results of one scale, and numbers that were computed without trials. Out: verdicts with intervals and coverage.
export { claims } from "./catalogue.ts";
export type { Claim, ComputedNumber, Source } from "./claim.ts";
export { above, judge, type Verdict } from "./rule.ts";
export {
  decide,
  decideAll,
  type Decision,
  oursText,
  type Part,
  printedDifference,
  printedText,
  sentence,
  written,
} from "./verdicts.ts";
