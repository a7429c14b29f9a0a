import { join } from "node:path";
import { networkInputs } from "../../experiments/mod.ts";
import { titleOf } from "../display.ts";
import { type Differentiator, lossAt, type LossCatalogue } from "../loss_probe.ts";
import { signed } from "../numbers.ts";
import { readPaperTable } from "../paper_values.ts";
import { projectFolder } from "../settings.ts";
import { table01Logits, table01Values } from "../tables/table_01.ts";
import type { ComputedNumber } from "./claim.ts";

/** A row of figures/bench.json, which `deno task bench --json` wrote: `train/<network>` or `loss/<loss>/<shape>`. */
export interface StepTime {
  name: string;
  oursMs: number;
}

/**
 * The numbers, by name, that hang on the losses alone and on no trial: from the losses themselves, and from the stored times of
 * a step.
 */
export function computedNumbers<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
  times: readonly StepTime[] = readStepTimes(),
): Readonly<Record<string, ComputedNumber>> {
  const cost = extraCost(times);
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

/** What HEM in place of CE adds to a training step of a network. */
export interface ExtraCost {
  network: string;
  /** Classes of the batch of 128 that the losses were timed on. */
  classes: number;
  stepMs: number;
  ceMs: number;
  hemMs: number;
  /** Of the step. */
  share: number;
}

/**
 * By how much a training step of each network grows with HEM in place of CE: by the difference of the two losses' own times,
 * of a batch of 128 with 10 classes, or with 1000 where the network has more; the dearest first.
 */
export function extraCosts(times: readonly StepTime[] = readStepTimes()): ExtraCost[] {
  const timeOf = (name: string) => times.find((row) => row.name === name)?.oursMs;
  return [
    ...Map.groupBy(readPaperTable("table_02"), ({ network }) => String(network)),
  ].flatMap(([network, conditions]): ExtraCost[] => {
    const most = Math.max(...conditions.map(({ data }) => networkInputs[String(data)]!.classes));
    const classes = most > 10 ? 1000 : 10;
    const stepMs = timeOf(`train/${network}`);
    const [ceMs, hemMs] = ["ce", "hem"].map((loss) => timeOf(`loss/${loss}/128x${classes}`));
    return stepMs === undefined || ceMs === undefined || hemMs === undefined
      ? []
      : [{ network, classes, stepMs, ceMs, hemMs, share: (hemMs - ceMs) / stepMs }];
  }).sort((a, b) => b.share - a.share);
}

function extraCost(times: readonly StepTime[]): ComputedNumber | undefined {
  const extra = extraCosts(times);
  if (extra.length === 0) return undefined;
  const text = (share: number) => `${signed(100 * share, 1)} %`;
  const [dear, cheap] = [extra.slice(0, 3), extra.slice(3)];
  return {
    // The times are medians of one run without a spread: no interval, no verdict.
    estimate: { value: dear[0]!.share, interval: null },
    note: `${dear.map(({ network, share }) => `${titleOf(network)} ${text(share)}`).join(", ")}${
      cheap.length === 0 ? "" : `, the ${cheap.length} others at most ${text(cheap[0]!.share)}`
    }`,
  };
}

function readStepTimes(): StepTime[] {
  const path = join(projectFolder, "figures", "bench.json");
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
