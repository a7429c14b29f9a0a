import { conditionNameOf, lossLabel } from "../../trials/mod.ts";
import type { Condition } from "../conditions.ts";
import { counted, listed, rangeText } from "../display.ts";
import { placesOf } from "../lacking.ts";
import { openResults, type Results, shownScales } from "../results_table.ts";
import type { Settings } from "../settings.ts";

interface Part {
  of: string;
  command: string;
  sections: readonly string[];
  /** In place of what is stored of the sections, where it has none. */
  stored?: string;
}

/** What README lists: a part of the paper, the command that computes it, and the sections whose results it shows. */
const parts: readonly Part[] = [
  {
    of: "everything below but what is on request",
    command: "deno task reproduce-all",
    sections: [],
    stored: "what is stored is drawn, what the preview scale lacks is trained",
  },
  {
    of: "Tables 1 and 2, and a picture of the losses",
    command: "deno task figures",
    sections: [],
    stored: "none: computed in seconds",
  },
  {
    of: "Figures 2, 3, 4 (5.1)",
    command: "deno task reproduce --section 5.1 --scale paper --trials 2",
    sections: ["5.1"],
  },
  {
    of: "Figures 5, 6 (5.2, long-tailed data)",
    command: "deno task reproduce --section 5.2",
    sections: ["5.2"],
  },
  {
    of: "Figure 7 (5.3, continual learning)",
    command: "deno task reproduce --section 5.3 --scale paper",
    sections: ["5.3"],
  },
  {
    of: "beside Figure 7 its bounds, without a strategy and with all data at once",
    command: "deno task reproduce --section bounds --scale paper",
    sections: ["bounds"],
  },
  {
    of: "the combinations of task and strategy that 5.3 leaves out, on request alone",
    command: "deno task reproduce --section combinations --scale paper",
    sections: ["combinations"],
  },
  {
    of: "Figure 8 (5.4, segmentation)",
    command: "deno task reproduce --section 5.4",
    sections: ["5.4"],
  },
  {
    of: "Figures 9, 10, 11, Table 3 (B.1, B.2, B.3)",
    command: "deno task reproduce --section B.1 B.2 B.3",
    sections: ["B.1", "B.2", "B.3"],
  },
  {
    of: "Figure 11's attacks after each epoch, on request alone",
    command: "deno task reproduce --section attacks_by_epoch",
    sections: ["attacks_by_epoch"],
  },
  {
    of: "beyond it: images that HEM has learnt, skipped",
    command: "deno task reproduce --section beyond",
    sections: ["beyond"],
  },
];

/** README's table of what there is, with the stored results of each part counted from the records. */
export function readmeStored(settings: Settings): string {
  const rows = parts.map(({ of, command, sections, stored }) => {
    const counted = sections.map((section) => {
      const text = storedOf(section, settings);
      return sections.length === 1 ? text : `${section} ${text}`;
    });
    return [of, `\`${command}\``, stored ?? counted.join("; ")];
  });
  return [
    ["of the paper", "command", "stored results"],
    ["---", "---", "---"],
    ...rows,
  ].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** "paper: MNIST (3 of 15 conditions, 1–2 trials); preview: MNIST (3 of 15 conditions, 2 trials)". */
function storedOf(section: string, settings: Settings): string {
  const texts = shownScales.flatMap((scale) => {
    const results = openResults(section, { settings, scale });
    return results.records.length === 0 ? [] : [`${results.scale}: ${storedIn(results)}`];
  });
  return texts.join("; ") || "none yet";
}

/** The conditions that have a result of every loss and variant that they should have, then those that have some. */
function storedIn({ conditions, records }: Results): string {
  const trials = conditions.map((condition) => ({
    condition,
    counts: condition.series.map((series) => trialsOf(records, condition, series)),
  }));
  const whole = trials.filter(({ counts }) => counts.every((count) => count > 0));
  const begun = trials.filter((one) =>
    !whole.includes(one) && one.counts.some((count) => count > 0)
  );
  const named = (some: typeof trials) =>
    placesOf(some.map(({ condition }) => condition), conditions);
  const counts = [...whole, ...begun].flatMap(({ counts }) => counts).filter((count) => count > 0);
  return listed([
    ...(whole.length === 0 ? [] : [named(whole)]),
    ...(begun.length === 0 ? [] : [`in part ${named(begun)}`]),
  ]) +
    ` (${whole.length + begun.length} of ${counted(conditions.length, "condition")}, ${
      rangeText(counts)
    } ${Math.max(...counts) === 1 ? "trial" : "trials"})`;
}

/** How many trials of a condition with a loss or variant have a record. */
function trialsOf(records: Results["records"], condition: Condition, series: string): number {
  const ids = records.filter(({ trial }) =>
    lossLabel(trial) === series && conditionNameOf(trial) === condition.name
  ).map(({ id }) => id);
  return new Set(ids).size;
}
