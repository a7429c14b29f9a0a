import { assertEquals } from "@std/assert";

const folder = new URL("../fixtures/figures/", import.meta.url);

/**
 * Compares a text with tests/fixtures/figures/<name>. A difference is written beside it as
 * <name>-changed, for the eye; HEM_UPDATE_SNAPSHOTS=1 takes it as the new snapshot.
 */
export function assertSnapshot(name: string, text: string): void {
  const url = new URL(name, folder);
  const changed = new URL(name.replace(/(\.[^.]+)$/, "-changed$1"), folder);
  if (Deno.env.get("HEM_UPDATE_SNAPSHOTS")) {
    Deno.mkdirSync(folder, { recursive: true });
    return Deno.writeTextFileSync(url, text);
  }
  const stored = Deno.readTextFileSync(url);
  if (stored !== text) Deno.writeTextFileSync(changed, text);
  assertEquals(stored === text, true, `${name} has changed: compare it with ${changed.pathname}`);
}

/** An SVG with its numbers rounded to two decimals, one element per line. */
export function normaliseSvg(svg: string): string {
  return svg.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))))
    .replaceAll("><", ">\n<") + "\n";
}
