import { extraCosts } from "../claims/computed_numbers.ts";
import { titleOf } from "../display.ts";
import type { Entry } from "../entry.ts";
import type { Table } from "../figure.ts";
import { signed } from "../numbers.ts";

/** Beyond the paper: what HEM adds to a training step in place of CE, from figures/bench.json. */
export const extraCostTable: Entry = {
  name: "table_extra_cost",
  section: "beyond",
  title: "What HEM adds to a training step",
  needs: [],
  draw: () => costTable(),
};

function costTable(): Table {
  const costs = extraCosts();
  return {
    name: "table_extra_cost",
    title: "What HEM adds to a training step in place of CE",
    caption:
      "From the stored times of `deno task bench --json` (figures/bench.json): medians of one run, without a spread. A step: " +
      "forward, backward and update of the benchmark's batch, 128 images or fewer with large networks, whose share is then too high. " +
      "A loss: its value and gradient for 128 images with so many classes, by itself. " +
      (costs.length === 0 ? "Missing: figures/bench.json has no times of both." : ""),
    columns: {
      network: "Network",
      classes: "Classes",
      step: "Step, ms",
      ce: "CE, ms",
      hem: "HEM, ms",
      extra: "HEM − CE, ms",
      share: "Of the step",
    },
    rows: costs.map(({ network, classes, stepMs, ceMs, hemMs, share }) => ({
      network: titleOf(network),
      classes,
      step: stepMs.toFixed(1),
      ce: ceMs.toFixed(3),
      hem: hemMs.toFixed(3),
      extra: signed(hemMs - ceMs, 3),
      share: `${signed(100 * share, 2)} %`,
    })),
    data: costs.map((cost) => ({ ...cost })),
    missing: costs.length === 0 ? ["times of both losses"] : [],
  };
}
