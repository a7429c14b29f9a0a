import { grouped, titleOf } from "./display.ts";
import type { Table } from "./figure.ts";
import { readPaperTable } from "./paper_values.ts";

/** Builds a network by name, as lib/models does; only its parameters are looked at. */
export type BuildNetwork = (name: string, settings: {
  classes: number;
  inputShape: readonly [number, number, number];
  seed: number;
}) => {
  parameters(): Map<string, { shape: readonly number[] }>;
  dispose(): void;
};

// Classes and image shapes of the five data sets (A.1.1).
const datasets: Record<string, { classes: number; inputShape: readonly [number, number, number] }> =
  {
    mnist: { classes: 10, inputShape: [28, 28, 1] },
    cifar10: { classes: 10, inputShape: [32, 32, 3] },
    cifar100: { classes: 100, inputShape: [32, 32, 3] },
    tiny_imagenet: { classes: 200, inputShape: [64, 64, 3] },
    imagenet: { classes: 1000, inputShape: [224, 224, 3] },
  };

/**
 * Table 2 (A.1.3): the networks of section 5.1 with the number of parameters that the paper prints
 * and that of ours, counted by building each.
 *
 * @param networkNames the networks that can be built; the others are shown as missing.
 */
export function table02(buildNetwork: BuildNetwork, networkNames: readonly string[]): Table {
  const printed = readPaperTable("table_02");
  const counts = printed.map(({ data, network }) =>
    networkNames.includes(String(network))
      ? countParameters(buildNetwork, String(network), String(data))
      : null
  );
  const missing = printed.filter((_, i) => counts[i] === null)
    .map(({ data, network }) => `${titleOf(String(network))} (${titleOf(String(data))})`);
  const equal = counts.filter((count, i) => count === printed[i]!.parameters).length;
  return {
    name: "table_02",
    title: "Table 2. Networks and their numbers of parameters",
    caption:
      `${equal} of the ${counts.length - missing.length} networks built here have exactly the ` +
      `paper's number of parameters. ${missing.length} are not built yet.`,
    columns: {
      data: "Data set",
      network: "Network",
      paper: "Paper",
      ours: "Ours",
      difference: "Difference",
    },
    rows: printed.map(({ data, network, parameters }, i) => ({
      data: titleOf(String(data)),
      network: titleOf(String(network)),
      paper: grouped(Number(parameters)),
      ours: counts[i] === null ? "not built yet" : grouped(counts[i]!),
      difference: counts[i] === null ? "–" : grouped(counts[i]! - Number(parameters)),
    })),
    data: printed.map(({ data, network, parameters }, i) => ({
      data: String(data),
      network: String(network),
      paper: Number(parameters),
      ours: counts[i] ?? null,
    })),
    missing,
  };
}

function countParameters(buildNetwork: BuildNetwork, name: string, data: string): number {
  const network = buildNetwork(name, { ...datasets[data]!, seed: 0 });
  const sizes = [...network.parameters().values()].map(({ shape }) =>
    shape.reduce((product, size) => product * size, 1)
  );
  network.dispose();
  return sizes.reduce((sum, size) => sum + size, 0);
}
