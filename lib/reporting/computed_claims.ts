import { join } from "node:path";
import { networkInputs } from "../experiments/mod.ts";
import { type Verdict, verdict } from "./claim_tests.ts";
import { lossStyle, titleOf } from "./display.ts";
import { type Differentiator, lossAt, type LossCatalogue } from "./loss_probe.ts";
import { signed } from "./numbers.ts";
import { readPaperTable } from "./paper_values.ts";
import { projectFolder } from "./settings.ts";
import { table01Logits, table01Values } from "./table_01.ts";

/** A row of figures/bench.json, which `deno task bench --json` wrote: `train/<network>` or `loss/<loss>/<shape>`. */
export interface StepTime {
  name: string;
  oursMs: number;
}

/**
 * The verdicts, by id, on the claims that hang on the losses alone and on no trial: computed from the losses, and from
 * the stored times of a step.
 */
export function computedClaims<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
  times: readonly StepTime[] = readStepTimes(),
): Readonly<Record<string, Verdict>> {
  const cost = extraCost(times);
  return {
    "table1-monotone": orderInTable01(tf, losses),
    "identity-balanced": balancedIdentity(tf, losses),
    ...(cost && { "no-extra-cost": cost }),
  };
}

function orderInTable01<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): Verdict {
  const [ce, ...others] = (["ce", "ln", "mm", "hem"] as const).map((name) => ({
    label: lossStyle(name).label,
    values: table01Values(tf, losses, name),
  }));
  const [, ...better] = ce!.values.slice(0, 4);
  return verdict(
    better.every((value) => ce!.values[4]! < value) &&
      others.every(({ values }) => values.every((value, i) => i === 0 || value >= values[i - 1]!)),
    `rows 1 to 6: ${
      [ce!, ...others].map(({ label, values }) =>
        `${label} ${values.map((value) => value.toFixed(2)).join(", ")}`
      ).join("; ")
    }`,
  );
}

/** LA against CE and HEM+ against HEM, with as many samples of each class: value and gradient. */
function balancedIdentity<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): Verdict {
  const classCounts = table01Logits[0]!.map(() => 5000);
  const largest = ([["la", "ce"], ["hem_plus", "hem"]] as const).map(([first, second]) => {
    const [a, b] = [first, second].map((name) => losses[name]({ classCounts }));
    const differences = table01Logits.flatMap((logits) =>
      logits.flatMap((_, label) => {
        const [x, y] = [a!, b!].map((loss) => lossAt(tf, loss, { logits, label }));
        return [x!.value - y!.value, ...x!.gradient.map((slope, i) => slope - y!.gradient[i]!)];
      })
    );
    return Math.max(...differences.map(Math.abs));
  });
  return verdict(
    largest.every((difference) => difference === 0),
    `largest difference in value or gradient at the outputs of Table 1 under each label: ` +
      `LA − CE ${largest[0]}, HEM+ − HEM ${largest[1]}`,
  );
}

// The paper gives no number: one that a user would hardly notice.
const mostExtra = 0.05;

/**
 * By how much a training step grows with HEM in place of CE: by the difference of the two losses' own times, of a batch
 * of 128 with 10 classes, or with 1000 where the network has more. Undefined where the times are not there.
 */
function extraCost(times: readonly StepTime[]): Verdict | undefined {
  const timeOf = (name: string) => times.find((row) => row.name === name)?.oursMs;
  const extra = [
    ...Map.groupBy(readPaperTable("table_02"), ({ network }) => String(network)),
  ].flatMap(([network, conditions]) => {
    const classes = Math.max(...conditions.map(({ data }) => networkInputs[String(data)]!.classes));
    const shape = `128x${classes > 10 ? 1000 : 10}`;
    const step = timeOf(`train/${network}`);
    const [ce, hem] = ["ce", "hem"].map((loss) => timeOf(`loss/${loss}/${shape}`));
    return step === undefined || ce === undefined || hem === undefined
      ? []
      : [{ network, share: (hem - ce) / step }];
  }).sort((a, b) => b.share - a.share);
  if (extra.length === 0) return undefined;
  const text = (share: number) => `${signed(100 * share, 1)} %`;
  const [dear, cheap] = [extra.slice(0, 3), extra.slice(3)];
  return verdict(
    extra.every(({ share }) => share <= mostExtra),
    `a training step with HEM in place of CE: ${
      dear.map(({ network, share }) => `${titleOf(network)} ${text(share)}`).join(", ")
    }${
      cheap.length === 0 ? "" : `, the ${cheap.length} others at most ${text(cheap[0]!.share)}`
    }; ` +
      `at most ${text(mostExtra)} asked for`,
  );
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
