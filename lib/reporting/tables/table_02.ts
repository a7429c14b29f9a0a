import { type NetworkInput, networkInputs } from "../../experiments/mod.ts";
import type { NetworkCost } from "../../models/mod.ts";
import { grouped, listed, titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Table } from "../figure.ts";
import { readPaperTable } from "../paper_values.ts";

/** Builds a network, looks at its cost and frees it: `measureNetwork()` of lib/models. */
export type MeasureNetwork = (
  name: string,
  input: NetworkInput,
) => Omit<NetworkCost, "trainingMacs">;

/** What the count is for where the paper's is not that of the data set's classes. */
const PRINTED_CLASSES = 10;

/** Table 2 (A.1.3): the networks of section 5.1. */
export const table02: Entry = {
  name: "table_02",
  item: "Table 2",
  section: "A.1",
  needs: [],
  draw: async () => networksTable((await import("../../models/mod.ts")).measureNetwork),
};

/**
 * Table 2 (A.1.3): the networks of section 5.1 with the number of parameters that the paper prints and that of ours, and what
 * they cost, all counted by building and running each.
 */
export function networksTable(measureNetwork: MeasureNetwork): Table {
  const data = readPaperTable("table_02").map(({ data, network, parameters }) => {
    const input = networkInputs[String(data)]!;
    const cost = measureNetwork(String(network), input);
    const paper = Number(parameters);
    // Where another number is printed: that of a head of ten classes?
    const ofTen = cost.parameters === paper
      ? undefined
      : measureNetwork(String(network), { ...input, classes: PRINTED_CLASSES }).parameters;
    return { data: String(data), network: String(network), input, paper, cost, ofTen };
  });
  const equal = data.filter(({ paper, cost }) => cost.parameters === paper);
  const explained = data.filter(({ paper, ofTen }) => ofTen === paper);
  return {
    name: "table_02",
    title: "Table 2. Networks, their numbers of parameters and their costs",
    caption: [
      `${equal.length} of the ${data.length} networks have exactly the paper's number of parameters.`,
      describeExplained(explained),
      "Unused: parameters that the original code registers and never calls; they count, and no optimiser moves them.",
      "FLOPs: of convolutions, linear maps and attention for one image forward, two for a multiplication with its addition;",
      "a step of training has three times as many. Kept: activations that wait for their gradients in a step, per image.",
    ].filter((sentence) => sentence !== "").join(" "),
    columns: {
      data: "Data set",
      network: "Network",
      input: "Image",
      classes: "Classes",
      paper: "Paper",
      ours: "Ours",
      difference: "Difference",
      ofTen: `Ours, ${PRINTED_CLASSES} classes`,
      unused: "Unused",
      flops: "MFLOPs",
      kept: "Kept, MB",
    },
    rows: data.map(({ data, network, input, paper, cost, ofTen }) => ({
      data: titleOf(data),
      network: titleOf(network),
      input: input.inputShape.join("x"),
      classes: input.classes,
      paper: grouped(paper),
      ours: grouped(cost.parameters),
      difference: grouped(cost.parameters - paper),
      ofTen: ofTen === undefined ? "–" : grouped(ofTen),
      unused: grouped(cost.parameters - cost.trainedParameters),
      flops: millions(2 * cost.macs),
      kept: millions(cost.keptBytes),
    })),
    data: data.map(({ data, network, input, paper, cost, ofTen }) => ({
      data,
      network,
      input: input.inputShape.join("x"),
      classes: input.classes,
      paper,
      ours: cost.parameters,
      ours_10_classes: ofTen ?? null,
      unused: cost.parameters - cost.trainedParameters,
      macs: cost.macs,
      kept_bytes: cost.keptBytes,
    })),
    agreement: {
      quantity: "networks with exactly the paper's number of parameters",
      ours: `${equal.length} of ${data.length}` +
        (explained.length === 0 ? "" : `; ${explained.length} more with a head of ten classes`),
      paper: `${data.length} printed`,
    },
    missing: data.filter((row) => !equal.includes(row) && !explained.includes(row))
      .map(({ data, network }) => `${titleOf(network)} (${titleOf(data)}) as the paper counts it`),
  };
}

/** The layers of a network on a data set with the shapes of their maps, by running it. */
export function layersTable(measureNetwork: MeasureNetwork, data: string, network: string): Table {
  const input = networkInputs[data];
  if (input === undefined) {
    throw new RangeError(
      `Cannot show networks on "${data}": there are ${Object.keys(networkInputs).join(", ")}`,
    );
  }
  const { layers, parameters, macs } = measureNetwork(network, input);
  return {
    name: `layers_${data}_${network}`,
    title: `Layers of ${titleOf(network)} on ${titleOf(data)}`,
    caption:
      `${grouped(parameters)} parameters, ${
        grouped(macs)
      } multiplications for one image. In the order ` +
      "of the calls; maps as height x width x channels, of convolutions before a pooling; layers without input are never called.",
    columns: {
      layer: "Layer",
      type: "Type",
      input: "Input",
      output: "Output",
      parameters: "Parameters",
      macs: "Multiplications",
    },
    rows: layers.map(({ name, type, input, output, parameters, macs }) => ({
      layer: name,
      type,
      input: input?.join("x") ?? "–",
      output: output?.join("x") ?? "–",
      parameters: grouped(parameters),
      macs: grouped(macs),
    })),
    data: layers.map(({ name, type, input, output, parameters, macs }) => ({
      layer: name,
      type,
      input: input?.join("x") ?? null,
      output: output?.join("x") ?? null,
      parameters,
      macs,
    })),
    missing: [],
  };
}

function describeExplained(rows: readonly { data: string; network: string }[]): string {
  if (rows.length === 0) return "";
  const names = listed(rows.map(({ data, network }) => `${titleOf(network)} on ${titleOf(data)}`));
  return `For ${names} the paper prints the number of a head of ${PRINTED_CLASSES} classes, which is what ` +
    "the constructor of the code that it took the network from (P2333/Bag-of-Tricks-for-AT) makes by default; such a head cannot " +
    `be trained on these data sets. With ${PRINTED_CLASSES} classes ours have the number printed.`;
}

function millions(value: number): string {
  return (value / 1e6).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",");
}
