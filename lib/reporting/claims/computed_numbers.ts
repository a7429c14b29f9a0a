import {
  benchmarkedNetworks,
  type BenchRow,
  type ExtraCost,
  extraCosts,
  readBenchmark,
} from "../benchmark.ts";
import { signed, titleOf } from "../display.ts";
import { type Differentiator, lossAt, type LossCatalogue } from "../loss_probe.ts";
import { table01Logits, table01Values } from "../tables/table_01.ts";
import type { ComputedNumber } from "./claim.ts";

/**
 * The numbers, by name, that hang on the losses alone and on no trial: from the losses themselves, and from the stored times of
 * a step with HEM beside one with CE.
 */
export function computedNumbers<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
  times: readonly BenchRow[] = readBenchmark(),
): Readonly<Record<string, ComputedNumber>> {
  const cost = largestGrowth(extraCosts(times));
  return {
    ...stepsInTable01(tf, losses),
    ...balancedIdentity(tf, losses),
    ...(cost && { "extra-cost": cost }),
  };
}

/** How CE stands in row 5 to rows 2 to 4 of Table 1, and the smallest step of the others from a row to the next. */
function stepsInTable01<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): Record<string, ComputedNumber> {
  const numbers = (["ce", "ln", "mm", "hem"] as const).map((name) => {
    const values = table01Values(tf, losses, name);
    const steps = values.slice(1).map((value, i) => value - values[i]!);
    const value = name === "ce" ? values[4]! - Math.min(...values.slice(1, 4)) : Math.min(...steps);
    const note = `rows 1 to 6: ${values.map((one) => one.toFixed(2)).join(", ")}`;
    return [`table1/${name}`, exact(value, note)] as const;
  });
  return Object.fromEntries(numbers);
}

/** LA against CE and HEM+ against HEM, with as many samples of each class: the largest difference in value or gradient. */
function balancedIdentity<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): Record<string, ComputedNumber> {
  const classCounts = table01Logits[0]!.map(() => 5000);
  return Object.fromEntries(
    ([["la", "ce"], ["hem_plus", "hem"]] as const).map(([first, second]) => {
      const [a, b] = [first, second].map((name) => losses[name]({ classCounts }));
      const differences = table01Logits.flatMap((logits) =>
        logits.flatMap((_, label) => {
          const [x, y] = [a!, b!].map((loss) => lossAt(tf, loss, { logits, label }));
          return [x!.value - y!.value, ...x!.gradient.map((slope, i) => slope - y!.gradient[i]!)];
        })
      );
      const largest = Math.max(...differences.map(Math.abs));
      return [`identity/${first}`, exact(largest, "at the outputs of Table 1 under each label")];
    }),
  );
}

function exact(value: number, note: string): ComputedNumber {
  return { estimate: { value, interval: [value, value] }, note };
}

/**
 * The largest growth of a step; its interval spans those of all networks, since any of them can have it: there is none where
 * one was not measured.
 */
function largestGrowth(costs: readonly ExtraCost[]): ComputedNumber | undefined {
  if (costs.length === 0) return undefined;
  const text = (share: number) => `${signed(100 * share, 1)} %`;
  const intervals = costs.flatMap(({ interval }) => interval === null ? [] : [interval]);
  const ends = (end: 0 | 1) => Math.max(...intervals.map((interval) => interval[end]));
  const [dear, cheap] = [costs.slice(0, 3), costs.slice(3)];
  const wanted = benchmarkedNetworks();
  const there = wanted.filter((name) => costs.some(({ network }) => network === name)).length;
  const isWhole = there === wanted.length && intervals.length === costs.length;
  return {
    estimate: {
      value: costs[0]!.value,
      interval: isWhole ? [ends(0), ends(1)] : null,
    },
    note: `${there === wanted.length ? "" : `${there} of ${wanted.length} networks: `}${
      dear.map(({ network, value }) => `${titleOf(network)} ${text(value)}`).join(", ")
    }${cheap.length === 0 ? "" : `, the ${cheap.length} others at most ${text(cheap[0]!.value)}`}`,
  };
}
