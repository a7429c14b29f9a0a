/**
 * The notebooks as a reader meets them: JupyterLab with our kernel in a real browser. `deno task test-browser` runs it;
 * screenshots are kept in .runtime/browser.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chromium, withoutChromium } from "./chromium.ts";
import { type Lab, type SeenCell, startLab } from "./lab.ts";

if (chromium === undefined) console.log(withoutChromium);

/** Set up once for all tests; the first starts it, the last ends it. */
let lab: Lab | undefined;

const test = (name: string, fn: (lab: Lab) => Promise<void>) =>
  Deno.test({
    name,
    ignore: chromium === undefined,
    // The browser and JupyterLab live on from test to test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await fn(lab ??= await startLab()),
  });

const notebooks = Array.from(
  Deno.readDirSync(new URL("../../notebooks", import.meta.url)),
  ({ name }) => name,
).filter((name) => name.endsWith(".ipynb")).sort();

for (const notebook of notebooks) {
  test(`${notebook} runs from top to bottom, and draws what it says`, async (lab) => {
    const opened = await lab.open(notebook);
    // Cells that train are pressed by a reader, not by "run all".
    const cells = await readCells(notebook, lab);
    const shown = cells.map((source, i) => ({ source, i }))
      .filter(({ source }) => !source.includes("reproduce("));
    for (const { i } of shown) {
      await opened.start(i);
      await opened.ended(i, 120);
    }
    const seen = await opened.cells();
    for (const { source, i } of shown) {
      const cell = seen[i]!;
      assert(!cell.isError, `${source}: ${cell.text}`);
      const name = /draw\("(\w+)"\)/.exec(source)?.[1];
      if (name !== undefined) assertDrawn(name, cell);
    }
    const first = shown.find(({ source }) => source.includes("show("));
    await opened.screenshot(notebook.replace(".ipynb", ""), first?.i ?? 0);
  });
}

test("trials run again from a cell: the bar moves, and the figure changes", async (lab) => {
  const importing = `import { draw, show } from "../../../lib/reporting/mod.ts";
import { reproduce } from "../../../lib/reproduction/mod.ts";`;
  const figure = 'await show(draw("figure_02", { scale: "smoke" }));';
  await lab.write("smoke.ipynb", [
    importing,
    figure,
    'await show(await reproduce("5.1", { scale: "smoke", only: "mnist/mlp/{ce,hem}", trials: 1 }));',
    figure,
  ]);
  const opened = await lab.open("smoke.ipynb");
  await opened.start(0);
  await opened.ended(0, 120);
  await opened.start(1);
  const before = await opened.ended(1, 60);
  await opened.start(2);
  const bars = new Set<string>();
  const running = opened.ended(2, 300);
  let isOver = false;
  running.finally(() => isOver = true).catch(() => {});
  while (!isOver) {
    const { text } = (await opened.cells())[2]!;
    for (const [percent] of text.matchAll(/\d+\s?%/g)) bars.add(percent);
    if (bars.size === 2) await opened.screenshot("progress", 2);
    await new Promise((done) => setTimeout(done, 200));
  }
  const done = await running;
  assert(!done.isError, done.text);
  assert(bars.size > 2, `the bar was seen at ${[...bars].join(", ")}`);
  await opened.start(3);
  const after = await opened.ended(3, 60);
  await opened.screenshot("after_trials", 3);
  assertDrawn("figure_02", after);
  assert(
    after.figures[0]!.height !== before.figures[0]!.height,
    "the figure is as it was before the trials",
  );
});

test("the stop button ends a training, and the kernel goes on", async (lab) => {
  await lab.write("stop.ipynb", [
    'import { reproduce } from "../../../lib/reproduction/mod.ts";\nconst kept = 41;',
    'await reproduce("5.1", { scale: "preview", only: "mnist/convnet/mm", trials: 9 });',
    "console.log(`the answer is ${kept + 1}`);",
  ]);
  const opened = await lab.open("stop.ipynb");
  await opened.start(0);
  await opened.ended(0, 60);
  await opened.start(1);
  for (let tries = 0; tries < 300; tries++) {
    if (/epoch/.test((await opened.cells())[1]!.text)) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  assertStringIncludes((await opened.cells())[1]!.text, "epoch");
  await opened.pressStop();
  const stopped = await opened.ended(1, 30);
  await opened.screenshot("stopped", 1);
  assert(/[Ss]topped/.test(stopped.text), stopped.text);
  await opened.start(2);
  assertStringIncludes((await opened.ended(2, 30)).text, "the answer is 42");
});

test("an error in a cell is shown as an error, and the next cell runs", async (lab) => {
  await lab.write("error.ipynb", ['throw new RangeError("seen by the reader");', "1 + 1"]);
  const opened = await lab.open("error.ipynb");
  await opened.start(0);
  const failed = await opened.ended(0, 30);
  await opened.screenshot("error");
  assert(failed.isError, failed.text);
  assertStringIncludes(failed.text, "RangeError");
  assertStringIncludes(failed.text, "seen by the reader");
  await opened.start(1);
  assertEquals((await opened.ended(1, 30)).text.trim().at(-1), "2");
});

test("JupyterLab ends with the last test", async (lab) => await lab[Symbol.asyncDispose]());

/** A figure of a sensible size, or a table. */
function assertDrawn(name: string, { figures, tables, text }: SeenCell) {
  if (tables > 0) return;
  const [figure] = figures;
  assert(figure !== undefined, `${name} is neither a figure nor a table: ${text.slice(0, 200)}`);
  const { width, height } = figure;
  assert(width > 300 && width < 900 && height > 80, `${name} is ${width} x ${height} px`);
}

async function readCells(notebook: string, { folder }: Lab): Promise<string[]> {
  const { cells } = JSON.parse(await Deno.readTextFile(`${folder}/${notebook}`));
  return cells.filter(({ cell_type }: { cell_type: string }) => cell_type === "code")
    .map(({ source }: { source: string[] }) => [source].flat().join(""));
}
