/** Every loss as the tests go through them, by name: made for `classes` classes. */
import * as losses from "../../lib/losses/mod.ts";
import type { Loss } from "../../lib/losses/mod.ts";

/** What a loss of the table can be made with. */
export interface Making {
  classes: number;
  ignoreLabel?: number;
  /** Reorders what the loss knows per class; the identity unless told. */
  permute?: <T>(perClass: T[]) => T[];
}

/** Imbalanced class counts: 50 times as many of the first class as of the last. */
export function imbalanced(classes: number): number[] {
  return Array.from(
    { length: classes },
    (_, i) => Math.round(500 * 50 ** (-i / Math.max(classes - 1, 1))),
  );
}

function counts({ classes, permute = (x) => x }: Making): number[] {
  return permute(imbalanced(classes));
}

function ignoring({ ignoreLabel }: Making): { ignoreLabel?: number } {
  return ignoreLabel === undefined ? {} : { ignoreLabel };
}

/** The losses of the catalogue. */
const catalogue = Object.fromEntries(losses.lossNames.map((name) => [
  name,
  (making: Making) =>
    losses.losses[name]({ classCounts: counts(making), options: { ...ignoring(making) } }),
]));

export const table: Record<string, (making: Making) => Loss> = {
  ...catalogue,
  ce: (m) => losses.crossEntropy(ignoring(m)),
  ln: (m) => losses.logitNorm(ignoring(m)),
  la: (m) => losses.logitAdjusted({ classCounts: counts(m), ...ignoring(m) }),
  dice: (m) => losses.dice(ignoring(m)),
  dice_plain: (m) => losses.dice({ denominator: "plain", ...ignoring(m) }),
  mm: (m) => losses.multiMargin(ignoring(m)),
  mm_root: (m) => losses.multiMargin({ margin: 0.5, exponent: 0.5, ...ignoring(m) }),
  mm_square: (m) => losses.multiMargin({ exponent: 2, ...ignoring(m) }),
  mm_maz: (m) => losses.multiMarginAboveZero({ margin: 0.2, ...ignoring(m) }),
  mm_thres: (m) => losses.multiMarginThresholded({ margin: 0.2, ...ignoring(m) }),
  hem: (m) => losses.highErrorMargin({ margin: 0.2, ...ignoring(m) }),
  hem_root: (m) => losses.highErrorMargin({ margin: 0.5, exponent: 0.5, ...ignoring(m) }),
  hem_power: (m) => losses.highErrorMargin({ margin: 0.5, exponent: 1.5, ...ignoring(m) }),
  hem_plus: (m) =>
    losses.highErrorMargin({ margin: losses.hemPlusMargins(counts(m)), ...ignoring(m) }),
  hem_plus_competitor: (m) =>
    losses.highErrorMargin({
      margin: losses.hemPlusMargins(counts(m)),
      marginIndex: "competitor",
      ...ignoring(m),
    }),
};

/** The losses of the table that are means of values per sample. */
export const means = ["ce", "ln", "la", "mm", "mm_root", "mm_square", "mm_thres"];

/** The losses of the table that are exactly 0 where every margin holds. */
export const marginLosses = Object.keys(table).filter((name) => /^(mm|hem)/.test(name));
