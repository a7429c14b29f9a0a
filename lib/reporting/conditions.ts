import { experimentOf } from "../experiments/mod.ts";
import { balancedLosses, comparedPair, listed, lossStyle, titleOf } from "./display.ts";
import type { Measured } from "./measures.ts";

/** A network trained on a data set. */
export interface Condition {
  data: string;
  network: string;
}

/** The conditions of a section, in the paper's order: fifteen in section 5.1 (Table 2). */
export function conditionsOf(section: string): Condition[] {
  return experimentOf(section).conditions.map(({ trial: { dataset, network } }) => ({
    data: dataset.name,
    network: network.name,
  }));
}

/** `mnist/lenet` as a reader writes it: "LeNet on MNIST". */
export function conditionTitle(name: string): string {
  const [data, network] = name.split("/");
  return `${titleOf(network!)} on ${titleOf(data!)}`;
}

/**
 * What measures lack, in words: the conditions without both losses of the pair, whole data sets first, then the other
 * losses where only they are lacking; measures that lack the same are named together:
 * "clean accuracy and AUROC by MSP in 4 of 15 conditions (CIFAR10, MNIST MLP)", "AUROC by MSP of LN and MM (MNIST LeNet)".
 */
export function missingConditions(
  measured: readonly Measured[],
  conditions: readonly Condition[],
): string[] {
  const lacking = measured.flatMap((ofMeasure) =>
    lackingPlaces(ofMeasure, conditions).map((place) => ({ place, ...ofMeasure.measure }))
  );
  return [...Map.groupBy(lacking, ({ place }) => place)].map(([place, same]) => {
    const isEvery = same.length === measured.length && same.length > 2;
    return `${isEvery ? "everything" : listed(same.map(({ words }) => words))} ${place}`;
  });
}

function lackingPlaces({ cells }: Measured, conditions: readonly Condition[]): string[] {
  const lacks = conditions.map(({ data, network }) => ({
    data,
    network,
    losses: balancedLosses.filter((loss) =>
      !cells.some((cell) => cell.data === data && cell.network === network && cell.loss === loss)
    ),
  }));
  const whole = lacks.filter(({ losses }) => comparedPair.some((loss) => losses.includes(loss)));
  const rest = lacks.filter((one) => one.losses.length > 0 && !whole.includes(one));
  const ofRest = Map.groupBy(
    rest,
    ({ losses }) => listed(losses.map((name) => lossStyle(name).label)),
  );
  return [
    ...(whole.length === 0 ? [] : [
      whole.length === conditions.length
        ? `in all ${conditions.length} conditions`
        : `in ${whole.length} of ${conditions.length} conditions (${places(whole, conditions)})`,
    ]),
    ...[...ofRest].map(([losses, same]) => `of ${losses} (${places(same, conditions)})`),
  ];
}

/** "CIFAR10, MNIST LeNet and MLP": a data set with all of its conditions by its name alone. */
function places(some: readonly Condition[], conditions: readonly Condition[]): string {
  return [...Map.groupBy(some, ({ data }) => data)].map(([data, ofData]) =>
    ofData.length === conditions.filter((condition) => condition.data === data).length
      ? titleOf(data)
      : `${titleOf(data)} ${listed(ofData.map(({ network }) => titleOf(network)))}`
  ).join(", ");
}
