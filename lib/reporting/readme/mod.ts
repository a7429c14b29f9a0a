// README's sentences and cells that hang on results, made from them.
// In: figures/claims.csv, figures/bench*.json, figures/profiles*.json, data/results/. Out: README's text with its marked places made anew.
// A new place: a file here with a function that gives its Markdown, and a line in `places`.
import { readBenchmark } from "../benchmark.ts";
import type { Settings } from "../settings.ts";
import { readmeAboveGoal, readProfiles } from "./above_goal.ts";
import { readmeResults } from "./results.ts";
import { readmeSpeed } from "./speed.ts";
import { readmeStored } from "./stored.ts";

const places: Readonly<Record<string, (settings: Settings) => string>> = {
  results: ({ figures }) => readmeResults(figures),
  stored: readmeStored,
  speed: ({ figures }) => readmeSpeed(readBenchmark(figures)),
  "speed with AVX2": ({ figures }) => readmeSpeed(readBenchmark(figures, "bench_avx2.json")),
  above: ({ figures }) => readmeAboveGoal(readBenchmark(figures), readProfiles(figures)),
  "above with AVX2": ({ figures }) =>
    readmeAboveGoal(
      readBenchmark(figures, "bench_avx2.json"),
      readProfiles(figures, "profiles_avx2.json"),
    ),
};

/**
 * README with what it says of results and speed made anew: what stands between `<!-- results: deno task figures -->` and
 * `<!-- /results -->`, and so on.
 *
 * @throws {RangeError} where the text lacks such a place.
 */
export function withResults(readme: string, settings: Settings): string {
  return Object.entries(places).reduce((text, [name, made]) => {
    const [start, end] = [`<!-- ${name}: deno task figures -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) {
      throw new RangeError(`README.md has no "${start}" with "${end}" after it`);
    }
    return `${text.slice(0, from + start.length)}\n\n${made(settings)}\n\n${text.slice(to)}`;
  }, readme);
}
