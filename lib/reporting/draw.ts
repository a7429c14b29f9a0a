import { openStore, type Scale } from "../trials/mod.ts";
import { catalogue, entryOf } from "./catalogue.ts";
import type { DrawSource, Entry } from "./entry.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { type Figure, isEmpty, lacksAll, type Table } from "./figure.ts";
import { closingTable } from "./tables/closing.ts";
import { hasResults, openResults, shownScales } from "./results_table.ts";
import { readSettings, type Settings } from "./settings.ts";

/**
 * Draws a figure or table of the catalogue from the stored results: `await show(draw("figure_02"))`. The scale is the one asked
 * for, else HEM_SCALE, else the best that has results of what it shows, and of all of it where the entry is to be whole.
 *
 * @throws {RangeError} where the catalogue has no such entry, with the names that there are.
 */
export async function draw(
  name: string,
  options: { scale?: Scale; settings?: Settings } = {},
): Promise<Figure | Table> {
  const settings = options.settings ?? readSettings();
  const entry = entryOf(name);
  const { beside } = entry;
  const scale = options.scale ?? settings.scale ??
    (beside === undefined ? undefined : await scaleShown(beside, settings));
  if (scale !== undefined) return await entry.draw(sourceOf(entry, settings, scale));
  const drawn: (Figure | Table)[] = [];
  for (const source of sourcesOf(entry, settings)) {
    const item = await entry.draw(source);
    if (entry.whole ? !lacksAny(item) : !lacksAll(item)) return item;
    drawn.push(item);
  }
  // Trials of a lesser scale go before networks of the user's own alone.
  return drawn.find((item) => !lacksAll(item)) ?? drawn.find((item) => !isEmpty(item)) ?? drawn[0]!;
}

/**
 * All drawings of an entry: one of each scale that has results of what it shows, the smallest first, and of preview, with all
 * of it missing, where none has. What stands at its best scale part by part is drawn so once more, last, where there are several.
 */
export async function drawings(
  entry: Entry,
  settings: Settings = readSettings(),
): Promise<(Figure | Table)[]> {
  const sources = sourcesOf(entry, settings);
  // Of no trials: one drawing for all scales.
  if (!entry.mixed && entry.needs.length === 0) return [await entry.draw(sources[0]!)];
  const single = sources.map(({ evidence }) => ({ evidence, lesser: [] })).toReversed();
  const all = await Promise.all(single.map((source) => entry.draw(source)));
  const shown = all.filter((item) => !isEmpty(item));
  return [
    ...(shown.length > 0 ? shown : all.slice(0, 1)),
    ...(entry.mixed && sources.length > 1 ? [await entry.draw(sources[0]!)] : []),
  ];
}

/** What an entry is drawn from: the results of a scale; without one, of the best, with the lesser ones to fall back on. */
export function sourceOf(entry: Entry, settings: Settings, scale?: Scale): DrawSource {
  if (scale === undefined) return sourcesOf(entry, settings)[0]!;
  return { evidence: evidenceAt(scale, settings), lesser: [] };
}

/**
 * What an entry could be drawn from: the results of each scale that has any of a section that it shows, the best first, with
 * the lesser ones to fall back on; preview's where none has.
 */
function sourcesOf({ needs }: Entry, settings: Settings): DrawSource[] {
  const store = openStore({ data: settings.data, onDamaged: () => {} });
  const there = shownScales.filter((scale) =>
    needs.some((section) => hasResults(section, scale, store, settings))
  );
  const all = (there.length > 0 ? there : ["preview" as const])
    .map((scale) => evidenceAt(scale, settings));
  return all.map((evidence, i) => ({ evidence, lesser: all.slice(i + 1) }));
}

function evidenceAt(scale: Scale, settings: Settings): Evidence {
  return evidenceOf(scale, (section) => openResults(section, { scale, settings }));
}

function lacksAny({ coverage }: Figure | Table): boolean {
  return coverage !== undefined && coverage.there < coverage.of;
}

/** The scale that a figure or table is shown at, as `draw()` has it. */
export async function scaleShown(
  name: string,
  settings: Settings = readSettings(),
): Promise<Scale> {
  return (await draw(name, { settings })).scale ?? "preview";
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
