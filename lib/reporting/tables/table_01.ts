import type { Entry } from "../entry.ts";
import type { DataRow, Table } from "../figure.ts";
import { type Differentiator, lossAt, type LossCatalogue } from "../loss_probe.ts";
import { readPaperTable } from "../paper_values.ts";

/**
 * Logits for the rows of Table 1, the true class first. The paper's text lost its logits; these are
 * one solution that gives all 24 of its values.
 */
export const table01Logits: readonly (readonly number[])[] = [
  [2, 0, 0, 0],
  [0.5, 0, 0, 0],
  [0.5, 0.2, -0.1, -0.2],
  [0.6, 0.5, 0, -0.7],
  [0.3, 0.4, -0.3, -3.6],
  [0, 1, 0, 0],
];

// Exponent and margin of the errors (eq. 6) are lost too; no other round pair gives the 24 values.
const errors = { margin: 0.5, exponent: 0.5 };
const columns = { ce: {}, ln: {}, mm: errors, hem: errors } as const;
const labels = { ce: "CE", ln: "LN", mm: "MM", hem: "HEM" } as const;

const names = Object.keys(columns) as (keyof typeof columns)[];

/** A loss of Table 1 in its six rows. */
export function table01Values<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
  name: keyof typeof columns,
): number[] {
  const loss = losses[name]({ classCounts: [1, 1, 1, 1], options: columns[name] });
  return table01Logits.map((logits) => lossAt(tf, loss, { logits, label: 0 }).value);
}

/** Table 1 (section 2): four losses at example outputs of a classifier. */
export const table01: Entry = {
  name: "table_01",
  item: "Table 1",
  section: "2",
  needs: [],
  claims: ["table1-monotone"],
  async draw() {
    const [{ tf }, { losses }] = await Promise.all([
      import("../../tensorflow/mod.ts"),
      import("../../losses/mod.ts"),
    ]);
    return exampleLosses(tf, losses);
  },
};

/** Four losses at six outputs of a 4-way classifier, ours and the paper's. */
export function exampleLosses<X extends { dataSync(): ArrayLike<number> }>(
  tf: Differentiator<X>,
  losses: LossCatalogue<X>,
): Table {
  const printed = readPaperTable("table_01");
  const byLoss = names.map((name) => table01Values(tf, losses, name));
  const computed = table01Logits.map((_, row) => byLoss.map((values) => values[row]!));
  const agreeing =
    computed.flat().filter((value, i) =>
      value.toFixed(2) === paperCell(printed, Math.floor(i / 4), names[i % 4]!)
    ).length;
  return {
    name: "table_01",
    title: "Table 1. Losses at example outputs of a 4-way classifier",
    caption:
      `The first logit is the true class. ${agreeing} of ${24} values agree with the paper's ` +
      `to its two decimals (ours / paper's). The paper's logits are lost: these are one solution, ` +
      `with exponent 1/2 and margin 1/2 in the errors of MM and HEM, temperature 0.04 in LN.`,
    columns: { logits: "Logits", ...labels },
    rows: table01Logits.map((logits, row) => ({
      logits: logits.join(", "),
      ...Object.fromEntries(names.map((name, column) => [
        name,
        `${computed[row]![column]!.toFixed(2)} / ${paperCell(printed, row, name)}`,
      ])),
    })),
    data: table01Logits.flatMap((logits, row) =>
      names.map((name, column): DataRow => ({
        row: row + 1,
        logits: logits.join(" "),
        loss: name,
        ours: computed[row]![column]!,
        paper: Number(paperCell(printed, row, name)),
      }))
    ),
    missing: [],
    agreement: {
      quantity: "losses that agree with the paper's to its two decimals",
      ours: `${agreeing} of 24`,
      paper: "24 printed",
    },
  };
}

function paperCell(printed: DataRow[], row: number, name: string): string {
  return Number(printed[row]![name]).toFixed(2);
}
