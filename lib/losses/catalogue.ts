import { crossEntropy } from "./cross_entropy.ts";
import { dice } from "./dice.ts";
import { highErrorMargin } from "./high_error_margin.ts";
import { logitAdjusted } from "./logit_adjusted.ts";
import { logitNorm } from "./logit_norm.ts";
import type { Loss, LossOptions } from "./loss.ts";
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

/** The options of a loss by their names: a number, or one of several words. */
type Kinds = Readonly<Record<string, "number" | readonly string[]>>;

type OptionsOf<K extends Kinds> =
  & LossOptions
  & {
    readonly [Name in keyof K]?: K[Name] extends readonly string[] ? K[Name][number] : number;
  };

/** A loss of the catalogue: what a trial may say about it, and how it is made of options that are checked. */
interface Entry {
  kinds: Kinds;
  make: (options: NonNullable<LossContext["options"]>, classCounts: readonly number[]) => Loss;
}

function entry<const K extends Kinds>(
  kinds: K,
  make: (options: OptionsOf<K>, classCounts: readonly number[]) => Loss,
): Entry {
  return { kinds, make: make as Entry["make"] };
}

/** A new loss is a name in names.ts and an entry here. */
const catalogue: Readonly<Record<LossName, Entry>> = {
  ce: entry({ temperature: "number" }, crossEntropy),
  ln: entry({ temperature: "number" }, logitNorm),
  la: entry(
    { tau: "number" },
    (options, classCounts) => logitAdjusted({ classCounts, ...options }),
  ),
  dice: entry({ denominator: ["squared", "plain"] }, dice),
  mm: entry(
    { margin: "number", exponent: "number", errors: ["above_zero", "thresholded"] },
    ({ errors, ...options }, classCounts) => {
      if (errors === undefined) return multiMargin(options);
      // Table 3's rows between MM and HEM, which leave out errors that are 0, or those below their mean; the paper does not
      // say with which margin: HEM's is taken.
      const ablation = errors === "above_zero" ? multiMarginAboveZero : multiMarginThresholded;
      return ablation({ margin: hemMargin(total(classCounts)), ...options });
    },
  ),
  // One number for all classes.
  hem: entry(
    { margin: "number", exponent: "number", samples: "number" },
    ({ samples, margin, ...options }, classCounts) =>
      highErrorMargin({
        margin: margin ?? hemMargin(total(classCounts), samples === undefined ? {} : { samples }),
        ...options,
      }),
  ),
  hem_plus: entry(
    { exponent: "number", samples: "number", marginIndex: ["target", "competitor"] },
    ({ samples, ...options }, classCounts) =>
      highErrorMargin({
        margin: hemPlusMargins(classCounts, samples === undefined ? {} : { samples }),
        ...options,
      }),
  ),
};

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
export const losses = Object.fromEntries(
  Object.entries(catalogue).map(([name, { kinds, make }]) => [
    name,
    ({ classCounts, options = {} }: LossContext) => {
      checkOptions(name, options, { ...kinds, ignoreLabel: "number" });
      return make(options, classCounts);
    },
  ]),
) as Readonly<Record<LossName, (context: LossContext) => Loss>>;

/**
 * Checks that the loss has each of the options; the ranges of numbers are checked by the loss itself.
 *
 * @throws {RangeError} for an option that the loss does not have, or a word that is none of its choices
 * @throws {TypeError} for an option of another type
 */
function checkOptions(
  loss: string,
  options: Readonly<Record<string, number | string>>,
  kinds: Kinds,
): void {
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, option)) {
      throw new RangeError(
        `the loss "${loss}" has no option "${option}"; it has ${Object.keys(kinds).join(", ")}`,
      );
    }
    const kind = kinds[option]!;
    if ((typeof value === "number") !== (kind === "number")) {
      const wanted = kind === "number" ? "number" : "string";
      throw new TypeError(
        `option "${option}" of the loss "${loss}" must be a ${wanted}, got a ${typeof value}`,
      );
    }
    if (kind !== "number" && !kind.includes(String(value))) {
      throw new RangeError(
        `option "${option}" of the loss "${loss}" is one of ${kind.join(", ")}, got "${value}"`,
      );
    }
  }
}
