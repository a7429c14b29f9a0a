import { mean } from "simple-statistics";
import { benchmarkedNetworks, type BenchRow, extraCosts, measuredUnder } from "../benchmark.ts";
import { lossStyles, signed, titleOf } from "../display.ts";

/** What README says of the speed, from the rows of figures/bench.json that nothing disturbed. */
export function readmeSpeed(rows: readonly BenchRow[]): string {
  const ratios = (start: string) =>
    [...measuredUnder(start, rows)].map(([name, { ratio }]): Ratio => ({ name, ratio }))
      .sort((a, b) => a.ratio - b.ratio);
  const [scenes, training] = split(ratios("train/"), isOfScenes);
  const [pixels, losses] = split(ratios("loss/"), ({ name }) => name.split("x").length > 2);
  const said = [
    ["a training step", each(training, titleOf)],
    ["segmentation's", each(scenes, networkTitle)],
    ["inference", span(ratios("infer/"), titleOf)],
    ["the gradient by the pixels", span(ratios("gradient/"), titleOf)],
    ["a loss with its gradient", span(losses, lossTitle)],
    ["the same on the pixels of a segmentation batch", each(pixels, lossTitle)],
  ].filter(([, text]) => text !== "");
  return [
    `Ours/PyTorch, less is faster: ${said.map(([what, text]) => `${what} ${text}`).join("; ")}.`,
    compiledSentence(rows),
    memorySentence(ratios("memory/")),
    attackSentence(rows),
    continualSentence(ratios("continual/")),
    costSentence(rows),
    missingSentence(rows),
  ].filter((sentence) => sentence !== "").join(" ");
}

interface Ratio {
  name: string;
  ratio: number;
}

/** "LeNet"; "FPN on ResNet34" of `fpn_resnet34`. */
export function networkTitle(name: string): string {
  return isOfScenes({ name }) ? `FPN on ${titleOf(name.replace("fpn_", ""))}` : titleOf(name);
}

/** Whether a row is of one of section 5.4's networks. */
const isOfScenes = ({ name }: { name: string }) => name.startsWith("fpn_");

/** "LeNet 0.27, ConvNet 0.75 (geometric mean 0.45)". */
function each(ratios: readonly Ratio[], title: (name: string) => string): string {
  if (ratios.length === 0) return "";
  const list = ratios.map(({ name, ratio }) => `${title(name)} ${ratio.toFixed(2)}`).join(", ");
  return ratios.length < 3 ? list : `${list} (geometric mean ${geometricMean(ratios)})`;
}

/** "0.40 (ConvNet) to 1.18 (MLP), geometric mean 0.80 of 13". */
function span(ratios: readonly Ratio[], title: (name: string) => string): string {
  if (ratios.length < 3) return each(ratios, title);
  const [least, most] = [ratios[0]!, ratios.at(-1)!]
    .map(({ name, ratio }) => `${ratio.toFixed(2)} (${title(name)})`);
  return `${least} to ${most}, geometric mean ${geometricMean(ratios)} of ${ratios.length}`;
}

function geometricMean(ratios: readonly Ratio[]): string {
  return Math.exp(mean(ratios.map(({ ratio }) => Math.log(ratio)))).toFixed(2);
}

/** "HEM, 1000 classes" of `hem/128x1000`. */
function lossTitle(name: string): string {
  const [loss, shape] = name.split("/");
  const label = lossStyles.find((style) => style.name === loss)?.label ?? loss!;
  const [, classes, ...rest] = shape!.split("x");
  return rest.length > 0 ? label : `${label}, ${classes} classes`;
}

/** Beside torch.compile, which not every row was measured with. */
function compiledSentence(rows: readonly BenchRow[]): string {
  const said = Object.entries({ train: "a training step", infer: "inference" }).map(
    ([kind, what]) => {
      const ratios = [...measuredUnder<CompiledRow>(`${kind}/`, rows)].flatMap(
        ([name, { oursMs, compiledMs }]): Ratio[] =>
          compiledMs === undefined ? [] : [{ name, ratio: oursMs / compiledMs }],
      );
      return [what, each(ratios.sort((a, b) => a.ratio - b.ratio), titleOf)];
    },
  ).filter(([, text]) => text !== "");
  if (said.length === 0) return "";
  return `Ours by PyTorch's with torch.compile: ${
    said.map(([what, text]) => `${what} ${text}`).join("; ")
  }.`;
}

interface CompiledRow extends BenchRow {
  oursMs: number;
  compiledMs?: number;
}

function memorySentence(ratios: readonly Ratio[]): string {
  if (ratios.length === 0) return "";
  const title = (name: string) => titleOf(name.replace(/^train\/(fpn_)?/, ""));
  return `The peak memory of a process of ours by one of PyTorch's: ${span(ratios, title)}.`;
}

/** AutoAttack in all; and Square Attack alone, which takes most of the time where it has its 5000 queries and images are left. */
function attackSentence(rows: readonly BenchRow[]): string {
  const attacked = measuredUnder<AttackRow>("autoattack/", rows);
  if (attacked.size === 0) return "";
  const of = (ratioOf: (row: AttackRow) => number | undefined) =>
    [...attacked].flatMap(([name, row]) => {
      const ratio = ratioOf(row);
      return ratio === undefined ? [] : `${attackTitle(name)} ${ratio.toFixed(2)}`;
    }).join(", ");
  const square = of(({ attacks }) => {
    const alone = attacks.find(({ attack }) => attack === "square");
    return alone && alone.ours / alone.torchattacks;
  });
  const all = of(({ ratio }) => ratio);
  const alone = square &&
    ` (Square Attack alone, few of whose queries ResNet18 gets here: ${square})`;
  return `AutoAttack's images a second by torchattacks', more is faster: ${all}${alone}.`;
}

/** A row of AutoAttack: images per second. */
interface AttackRow extends BenchRow {
  attacks: readonly { attack: string; ours: number; torchattacks: number }[];
}

/** "LeNet not fooled" of `lenet_robust`. */
export function attackTitle(name: string): string {
  const [network, attack] = name.split("_") as [string, string];
  const what = { linf: "L∞", l2: "L2", robust: "not fooled" }[attack] ?? attack;
  return `${titleOf(network)} ${what}`;
}

function continualSentence(ratios: readonly Ratio[]): string {
  if (ratios.length === 0) return "";
  const title = (name: string) => name.replace("_", " on ").replace("_", " ");
  return `Steps of continual learning a second by avalanche-lib's, more is faster: ${
    span(ratios, title)
  }.`;
}

function costSentence(rows: readonly BenchRow[]): string {
  const costs = extraCosts(rows);
  if (costs.length === 0) return "";
  const [most, least] = [costs[0]!, costs.at(-1)!]
    .map(({ network, value }) => `${signed(100 * value, 1)} % (${titleOf(network)})`);
  return `HEM in place of CE changes our training step by ${least} to ${most}.`;
}

/** The rows that were disturbed, and those of the paper's networks that were not measured. */
function missingSentence(rows: readonly BenchRow[]): string {
  const wanted = benchmarkedNetworks().flatMap((network) =>
    ["train", "infer", "hem"].map((what) => `${what}/${network}`)
  );
  const there = new Set(rows.map(({ name }) => name));
  const absent = wanted.filter((name) => !there.has(name));
  const disturbed = rows.filter((row) => row.disturbed !== undefined).map(({ name }) => name);
  return [
    ...(disturbed.length === 0 ? [] : [`Disturbed, and not counted: ${byKind(disturbed)}.`]),
    ...(absent.length === 0 ? [] : [`Not measured: ${byKind(absent)}.`]),
  ].join(" ");
}

/** "`train/` lenet, mlp; `hem/` all networks". */
function byKind(names: readonly string[]): string {
  const networks = benchmarkedNetworks();
  const kinds = Map.groupBy(names, (name) => name.slice(0, name.indexOf("/") + 1));
  return [...kinds].map(([kind, same]) => {
    const rest = same.map((name) => name.slice(kind.length));
    return `\`${kind}\` ${
      networks.every((name) => rest.includes(name)) ? "all networks" : rest.join(", ")
    }`;
  }).join("; ");
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
