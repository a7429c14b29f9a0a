import { conditionOf } from "../trials/mod.ts";
import { type Condition, runTitle } from "./conditions.ts";
import { dataTitle, listed, lossStyle, titleOf } from "./display.ts";
import type { Measured } from "./measured.ts";
import type { Results } from "./results_table.ts";

/** The last sentence of a caption: "Missing: AUROC by MSP of LN (MNIST LeNet).", or that nothing is. */
export function missingSentence(missing: readonly string[]): string {
  return `Missing: ${listed(missing) || "nothing"}.`;
}

/**
 * What measures lack, in words: the conditions without a pair that is compared, whole data sets first, then the other
 * losses where only they are lacking; measures that lack the same are named together:
 * "clean accuracy and AUROC by MSP in 4 of 15 conditions (CIFAR10, MNIST MLP)", "AUROC by MSP of LN and MM (MNIST LeNet)".
 */
export function missingConditions(measured: readonly Measured[], results: Results): string[] {
  const lacking = measured.flatMap((ofMeasure) =>
    lackingPlaces(ofMeasure, results).map((place) => ({ place, ...ofMeasure.measure }))
  );
  return [...Map.groupBy(lacking, ({ place }) => place)].map(([place, same]) => {
    const isEvery = same.length === measured.length && same.length > 2;
    return `${isEvery ? "everything" : listed(same.map(({ words }) => words))} ${place}`;
  });
}

function lackingPlaces({ cells }: Measured, { conditions, losses, pairs }: Results): string[] {
  const lacks = conditions.map((condition) => ({
    condition,
    losses: losses.filter((loss) =>
      !cells.some((cell) => cell.condition === condition.name && cell.series === loss)
    ),
  }));
  const whole = lacks.filter(({ losses }) => pairs.flat().some((loss) => losses.includes(loss)));
  const rest = lacks.filter((one) => one.losses.length > 0 && !whole.includes(one));
  const ofRest = Map.groupBy(
    rest,
    ({ losses }) => listed(losses.map((name) => lossStyle(name).label)),
  );
  const named = (some: typeof lacks) =>
    placesOf(some.map(({ condition }) => condition), conditions);
  return [
    ...(whole.length === 0 ? [] : [
      whole.length === conditions.length
        ? `in all ${conditions.length} conditions`
        : `in ${whole.length} of ${conditions.length} conditions (${named(whole)})`,
    ]),
    ...[...ofRest].map(([losses, same]) => `of ${losses} (${named(same)})`),
  ];
}

/** "CIFAR10, MNIST LeNet and MLP": a data set with all of its conditions by its name alone. */
export function placesOf(some: readonly Condition[], conditions: readonly Condition[]): string {
  return [...Map.groupBy(some, ({ data }) => data)].map(([data, ofData]) =>
    ofData.length === conditions.filter((condition) => condition.data === data).length
      ? dataTitle(data)
      : `${dataTitle(data)} ${listed(ofData.map(({ method }) => titleOf(method)))}`
  ).join(", ");
}

/**
 * "all trainings of HEM, margin 10 with MLP on MNIST diverged": why there is no number of some series, where nothing of them is
 * left to train or to measure in any condition of the scale; undefined where that is not why.
 */
export function lostTrainings(
  { conditions, records }: Pick<Results, "conditions" | "records">,
  isOf: (series: string, condition: string) => boolean,
): string | undefined {
  if (records.every(({ outcome }) => outcome.name !== "diverged")) return undefined;
  const stored = Map.groupBy(records, ({ trial }) => conditionOf(trial));
  const lost = conditions.filter(({ excluded }) => excluded === undefined).flatMap(
    ({ name, series }) => {
      const own = series.filter((one) => isOf(one, name))
        .map((one) => ({ one, records: stored.get(`${name}/${one}`) ?? [] }));
      if (own.length === 0) return [];
      const isWhole = own.every(({ records }) => records.length > 0);
      const diverged = own.filter(({ records }) =>
        records.every(({ outcome }) => outcome.name === "diverged")
      );
      return [isWhole ? diverged.map(({ one }) => runTitle(one, name)) : []];
    },
  );
  const isAll = lost.length > 0 && lost.every((titles) => titles.length > 0);
  return isAll ? `all trainings of ${listed(lost.flat())} diverged` : undefined;
}
