import { mean } from "simple-statistics";
import { type DatasetChoice, isSameStage, type OwnStage } from "../trials/mod.ts";
import type { Condition } from "./conditions.ts";
import { counted, dataTitle, listed, titleOf } from "./display.ts";
import { belongs, type Measured } from "./measured.ts";
import type { Measure } from "./measures.ts";
import { type Results, setOf } from "./results_table.ts";

/** A measure of a network of the user's own. It stands beside the paper's losses, and is in no average and no claim. */
export interface OwnCell {
  name: string;
  /** What the network is. */
  network: string;
  /** The data set whose conditions it stands under. */
  data: string;
  value: number;
  /** The measured sets that it is the mean over: those of the trials beside it. */
  over: string[];
}

/** The networks of the user's own that were measured as the results were, and why others were not. */
export interface OwnMeasured {
  cells: OwnCell[];
  /** "accuracy of mine (other settings of AutoAttack)". */
  lacking: string[];
}

/**
 * Reads a measure of the networks of the user's own. One stands beside the trials of its data set where it was measured as they
 * were: the same test images, the same stage with the same settings, and all sets that their mean is over.
 */
export function ownMeasured(results: Results, { measure, datasets }: Measured): OwnMeasured {
  const cells: OwnCell[] = [], lacking: string[] = [];
  for (const result of results.own.results) {
    const beside = results.conditions.find(({ data }) => data === result.dataset.name);
    const stage = result.stages.find(({ stage }) => stage.name === measure.stage);
    // Of another section's data, or not asked for when it was measured.
    if (beside === undefined || stage === undefined) continue;
    const found = valueOf(stage, { results, measure, wanted: datasets.get(beside.data) });
    const reason = differs(result.dataset, stage, beside) ??
      (typeof found === "string" ? found : undefined);
    if (reason !== undefined) lacking.push(`${measure.words} of ${result.name} (${reason})`);
    else if (typeof found === "object") {
      const { name, network } = result;
      cells.push({ name, network, data: beside.data, ...found });
    }
  }
  return { cells, lacking };
}

/** Why a measurement cannot stand beside a condition's; undefined where it can. */
function differs(
  dataset: DatasetChoice,
  { stage }: OwnStage,
  { dataset: other, stages }: Condition,
): string | undefined {
  const counts = ["testCount", "unknownCount"] as const;
  for (const count of counts) {
    if (dataset[count] !== other[count]) {
      const images = (of: DatasetChoice) => of[count] === undefined ? "all" : String(of[count]);
      return `of ${images(dataset)} images, here of ${images(other)}`;
    }
  }
  const wanted = stages.find(({ name }) => name === stage.name);
  if (wanted === undefined) return "not measured here";
  if (isSameStage(stage, wanted)) return undefined;
  if (stage.revision !== wanted.revision) return "by an earlier revision: measure it again";
  const keys = Object.keys({ ...stage.settings, ...wanted.settings })
    .filter((key) => String(stage.settings[key]) !== String(wanted.settings[key]));
  const settings = keys.map((key) =>
    `${key} ${stage.settings[key] ?? "none"}, here ${wanted.settings[key] ?? "none"}`
  );
  return settings.join("; ");
}

/** The mean over the sets that the trials' is over, all of a measure's where there is no trial; a word where one is lacking. */
function valueOf(
  stage: OwnStage,
  { results, measure, wanted }: {
    results: Results;
    measure: Measure;
    wanted: readonly string[] | undefined;
  },
): { value: number; over: string[] } | string | undefined {
  const rows = stage.rows.map((row) => setOf(row))
    .filter((row) => belongs({ ...row, stage: stage.stage.name }, measure, results));
  if (rows.length === 0) return undefined;
  const over = wanted ?? [...new Set(rows.map(({ dataset }) => dataset))];
  const absent = over.filter((set) => !rows.some(({ dataset }) => dataset === set));
  if (absent.length > 3) return `without ${counted(absent.length, "set")}`;
  if (absent.length > 0) return `without ${listed(absent.map(titleOf))}`;
  const shown = rows.filter(({ dataset }) => over.includes(dataset));
  return { value: mean(shown.map(({ value }) => value)), over: [...over] };
}

/** How such a network is called in a figure. */
export function ownTitle({ name }: Pick<OwnCell, "name">): string {
  return `${name} (own)`;
}

/** What a caption says of them; empty where there are none. */
export function ownSentence(shown: readonly OwnMeasured[]): string {
  const cells = shown.flatMap(({ cells }) => cells);
  if (cells.length === 0) return "";
  const named = [...new Map(cells.map((cell) => [cell.name, cell])).values()]
    .map(({ name, network, data }) => `${name} (${titleOf(network)}, ${dataTitle(data)})`);
  return `Diamonds: the user's own networks, trained in their own way, one each, in no average: ${
    listed(named)
  }. `;
}

/** How many networks of the user's own are shown. */
export function countOwn(shown: readonly OwnCell[]): number {
  return new Set(shown.map(({ name }) => name)).size;
}

/** The files of networks of the user's own that are not counted, as what is missing. */
export function damagedOwn({ own }: Results): string[] {
  return own.damaged.map(({ path }) =>
    `the own network ${path.split("/").at(-1)!.replace(/\.json$/, "")} (its file is damaged)`
  );
}
