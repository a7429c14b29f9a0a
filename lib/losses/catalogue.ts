import { crossEntropy } from "./cross_entropy.ts";
import { dice, type DiceDenominator } from "./dice.ts";
import { highErrorMargin } from "./high_error_margin.ts";
import { logitAdjusted } from "./logit_adjusted.ts";
import { logitNorm } from "./logit_norm.ts";
import type { Loss } from "./loss.ts";
import type { MarginIndex } from "./margin_errors.ts";
import { hemMargin, hemPlusMargins } from "./margins.ts";
import { multiMargin, multiMarginAboveZero, multiMarginThresholded } from "./multi_margin.ts";
import type { LossName } from "./names.ts";

/** What a loss of the catalogue is made from. */
export interface LossContext {
  /** Training samples per class, of the data that is trained on. */
  readonly classCounts: readonly number[];
  /**
   * The loss's own options under the names of its function, where they differ from the paper's, and `ignoreLabel`;
   * for HEM and HEM+ also `samples`, the M of their margin. One that the loss does not have is a `RangeError`.
   */
  readonly options?: Readonly<Record<string, number | string>>;
}

// What a trial may say about each loss, with its type; `margin` of HEM and HEM+ is one number for all classes.
const OPTIONS = {
  ce: { temperature: "number" },
  ln: { temperature: "number" },
  la: { tau: "number" },
  dice: { denominator: "string" },
  mm: { margin: "number", exponent: "number", errors: "string" },
  hem: { margin: "number", exponent: "number", samples: "number" },
  hem_plus: { exponent: "number", samples: "number", marginIndex: "string" },
} as const satisfies Record<LossName, Record<string, "number" | "string">>;

/** What MM may leave out of its errors on the way to HEM (Table 3): zeros, or those below their mean. */
const ABLATION = { above_zero: multiMarginAboveZero, thresholded: multiMarginThresholded } as const;

function ablationOf(errors: string) {
  if (Object.hasOwn(ABLATION, errors)) return ABLATION[errors as keyof typeof ABLATION];
  throw new RangeError(
    `option "errors" of the loss "mm" is one of ${
      Object.keys(ABLATION).join(", ")
    }, got "${errors}"`,
  );
}

interface Options {
  temperature?: number;
  tau?: number;
  denominator?: DiceDenominator;
  margin?: number;
  exponent?: number;
  errors?: keyof typeof ABLATION;
  samples?: number;
  marginIndex?: MarginIndex;
  ignoreLabel?: number;
}

/** The options, once it is certain that the loss has each of them; their ranges are checked by the loss. */
function checked(name: LossName, options: LossContext["options"] = {}): Options {
  const known: Record<string, string> = { ...OPTIONS[name], ignoreLabel: "number" };
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, option)) {
      throw new RangeError(
        `the loss "${name}" has no option "${option}"; it has ${Object.keys(known).join(", ")}`,
      );
    }
    const type = typeof value;
    if (type !== known[option]) {
      throw new TypeError(
        `option "${option}" of the loss "${name}" must be a ${known[option]}, got a ${type}`,
      );
    }
  }
  return options as Options;
}

function total(classCounts: readonly number[]): number {
  return classCounts.reduce((sum, count) => sum + count, 0);
}

/**
 * The seven losses by name, each with the paper's settings for the training set whose class counts are given.
 * HEM has one margin, from the number of training samples in all; HEM+ has one per class.
 *
 * @example
 * ```ts
 * const loss = losses.hem({ classCounts: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949] });
 * ```
 */
export const losses: Readonly<Record<LossName, (context: LossContext) => Loss>> = {
  ce: ({ options }) => crossEntropy(checked("ce", options)),
  ln: ({ options }) => logitNorm(checked("ln", options)),
  la: ({ classCounts, options }) => logitAdjusted({ classCounts, ...checked("la", options) }),
  dice: ({ options }) => dice(checked("dice", options)),
  mm: ({ classCounts, options }) => {
    const { errors, ...own } = checked("mm", options);
    if (errors === undefined) return multiMargin(own);
    // Table 3's rows between MM and HEM; the paper does not say with which margin: HEM's is taken.
    const margin = own.margin ?? hemMargin(total(classCounts));
    return ablationOf(errors)({ ...own, margin });
  },
  hem: ({ classCounts, options }) => {
    const { samples, ...own } = checked("hem", options);
    const margin = own.margin ??
      hemMargin(total(classCounts), samples === undefined ? {} : { samples });
    return highErrorMargin({ ...own, margin });
  },
  hem_plus: ({ classCounts, options }) => {
    const { samples, ...own } = checked("hem_plus", options);
    const margin = hemPlusMargins(classCounts, samples === undefined ? {} : { samples });
    return highErrorMargin({ ...own, margin });
  },
};
