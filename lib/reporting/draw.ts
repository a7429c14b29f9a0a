import { experiments } from "../experiments/mod.ts";
import { openStore, type Scale } from "../trials/mod.ts";
import { catalogue, entryOf } from "./catalogue.ts";
import type { DrawSource, Entry } from "./entry.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import type { Figure, Table } from "./figure.ts";
import { closingTable } from "./tables/closing.ts";
import { bestScale, hasResults, openResults, shownScales } from "./results_table.ts";
import { readSettings, type Settings } from "./settings.ts";

/**
 * Draws a figure or table of the catalogue from the stored results: `await show(draw("figure_02"))`. The scale is the one
 * asked for, else HEM_SCALE, else the best that has results of what it shows.
 *
 * @throws {RangeError} where the catalogue has no such entry, with the names that there are.
 */
export async function draw(
  name: string,
  options: { scale?: Scale; settings?: Settings } = {},
): Promise<Figure | Table> {
  const settings = options.settings ?? readSettings();
  const scale = options.scale ?? settings.scale;
  const entry = entryOf(name);
  return await entry.draw(sourceOf(entry, settings, scale));
}

/** What an entry is drawn from: the results of a scale; without one, of the best, with the lesser ones to fall back on. */
export function sourceOf(entry: Entry, settings: Settings, scale?: Scale): DrawSource {
  const open = (of: Scale): Evidence =>
    evidenceOf(of, (section) => openResults(section, { scale: of, settings }));
  if (scale !== undefined) return { evidence: open(scale), lesser: [] };
  const best = scaleOf(entry, settings);
  const lesser = shownScales.slice(shownScales.indexOf(best) + 1);
  return { evidence: open(best), lesser: lesser.map(open) };
}

/** The best scale that has results of any section that an entry shows; preview where none has. */
export function scaleOf({ needs }: Entry, settings: Settings): Scale {
  const store = openStore({ data: settings.data, onDamaged: () => {} });
  const scales = needs.flatMap((section) => bestScale(section, store) ?? []);
  return shownScales.find((scale) => scales.includes(scale)) ?? "preview";
}

/** The scale that the figures of a section show: HEM_SCALE, else the best that has results of it, else preview. */
export function scaleShown(section: string, settings: Settings = readSettings()): Scale {
  const store = openStore({ data: settings.data, onDamaged: () => {} });
  return settings.scale ?? bestScale(section, store) ?? "preview";
}

/**
 * The scales at which an entry is drawn: those that have results of what it shows, the smallest first, or preview where none
 * has; undefined stands for a drawing that has no scale, or each part at its best. None where no section has an experiment.
 */
export function scalesOf(
  { needs, mixed }: Pick<Entry, "needs" | "mixed">,
  settings: Settings,
): (Scale | undefined)[] {
  if (needs.length === 0) return [undefined];
  if (!needs.some((section) => Object.hasOwn(experiments, section))) return [];
  const store = openStore({ data: settings.data, onDamaged: () => {} });
  const there = shownScales.filter((scale) =>
    needs.some((section) => hasResults(section, scale, store))
  ).toReversed();
  return [...(there.length > 0 ? there : ["preview" as const]), ...(mixed ? [undefined] : [])];
}

/** The entries that are the paper's own: its figures, then its tables, by their numbers. */
export function itemsInOrder(): Entry[] {
  const place = (item: string) => Number(item.split(" ")[1]) + (item.startsWith("Table") ? 100 : 0);
  return catalogue.filter(({ item }) => item !== undefined)
    .toSorted((a, b) => place(a.item!) - place(b.item!));
}

/** The closing table, from the stored results. */
export async function closing(settings: Settings = readSettings()): Promise<Table> {
  const items = await Promise.all(
    itemsInOrder()
      .map(async (entry) => ({ entry, drawn: await draw(entry.name, { settings }) })),
  );
  return await closingTable(items, sourceOf(entryOf("claims"), settings, settings.scale));
}
