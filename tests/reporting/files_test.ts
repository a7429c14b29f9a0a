import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { experimentOf } from "../../lib/experiments/mod.ts";
import {
  catalogue,
  claims,
  drawings,
  entryOf,
  evidenceOf,
  readSettings,
  resultsOf,
  show,
} from "../../lib/reporting/mod.ts";
import { readPaperTable } from "../../lib/reporting/paper_values.ts";
import { tableHtml, tableMarkdown, toCsv } from "../../lib/reporting/table_text.ts";
import { memoryStore, syntheticRecords } from "./synthetic.ts";

const store = memoryStore(syntheticRecords());
const evidence = evidenceOf("preview", (section) => resultsOf(section, "preview", store));
const drawn = (name: string) => entryOf(name).draw({ evidence, lesser: [] });

Deno.test("show() writes whole files under the scale's folder, and the same bytes again", async () => {
  const figures = Deno.makeTempDirSync();
  try {
    const settings = { data: figures, figures };
    await show(await drawn("figure_02"), { settings });
    await show(await drawn("table_5_1"), { settings });
    // Without any result it is shown, and is no file.
    const nothing = evidenceOf(
      "preview",
      (section) => resultsOf(section, "preview", memoryStore([])),
    );
    for (const name of ["figure_03", "table_5_1"]) {
      await show(entryOf(name).draw({ evidence: nothing, lesser: [] }), {
        settings: { data: figures, figures: join(figures, "nowhere") },
      });
    }
    assertEquals(existsSync(join(figures, "nowhere")), false);
    const folder = join(figures, "preview");
    const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(names(), [
      "figure_02.csv",
      "figure_02.png",
      "figure_02.svg",
      "figure_02.vl.json",
      "table_5_1.csv",
      "table_5_1.md",
    ]);
    const svg = join(folder, "figure_02.svg");
    const before = [Deno.readTextFileSync(svg), Deno.statSync(svg).mtime];
    await show(await drawn("figure_02"), { settings });
    assertEquals([Deno.readTextFileSync(svg), Deno.statSync(svg).mtime], before);
    const csv = Deno.readTextFileSync(join(folder, "figure_02.csv"));
    assertEquals(csv.split("\n")[0], "measure,data,network,loss,mean,sd,trials,over");
    // Clean: 3 networks x 5 losses and 5 averages; corrupt: 2 networks; the heading and the last line's end.
    assertEquals(csv.split("\n").length, (15 + 5) + (10 + 5) + 2);
  } finally {
    Deno.removeSync(figures, { recursive: true });
  }
});

Deno.test("tables escape what would break their cells", () => {
  const table = {
    name: "t",
    title: "a < b",
    caption: "c & d",
    columns: { x: "X" },
    rows: [{ x: "<i>|" }],
    missing: [],
  };
  assertStringIncludes(tableMarkdown(table), "<i>\\|");
  assertStringIncludes(tableHtml(table), "&lt;i&gt;|");
  assertStringIncludes(tableHtml(table), "a &lt; b");
});

Deno.test("a cell's lines stand below each other, and what begins with a tab is folded away", () => {
  const table = {
    name: "t",
    title: "T",
    caption: "",
    columns: { x: "X", y: "Y" },
    rows: [{ x: "a: 1 < 2\n\tnot in 1: b: 3\nc", y: 4 }],
    missing: [],
  };
  assertStringIncludes(
    tableHtml(table),
    "<div>a: 1 &lt; 2</div><details><summary>not in 1</summary>b: 3</details><div>c</div></td>",
  );
  assertStringIncludes(tableMarkdown(table), "|a: 1 < 2<br>not in 1: b: 3<br>c|4|");
  assertEquals(toCsv(table.rows), "x,y\na: 1 < 2; not in 1: b: 3; c,4\n");
});

Deno.test("data/paper/table_02.csv and section 5.1 have the same conditions and counts", () => {
  const printed = readPaperTable("table_02").map(({ data, network, parameters }) =>
    [data, network, parameters].join(" ")
  );
  const ours = experimentOf("5.1").conditions.map(({ trial: { dataset, network }, parameters }) =>
    [dataset.name, network.name, parameters].join(" ")
  );
  assertEquals(ours, printed);
});

Deno.test("the catalogue has every figure and table once, and claims that there are", () => {
  assertEquals(new Set(catalogue.map(({ name }) => name)).size, catalogue.length);
  const items = catalogue.flatMap(({ item }) => item ?? []);
  assertEquals(new Set(items).size, items.length);
  const ids = new Set(claims.map(({ id }) => id));
  const lacking = catalogue.flatMap((entry) => (entry.claims ?? []).filter((id) => !ids.has(id)));
  assertEquals(lacking, []);
  assertThrows(() => entryOf("figure_99"), RangeError, "figure_02");
});

Deno.test("figures/ holds what the catalogue draws at the scales that have results, and nothing else", async () => {
  const settings = readSettings({ get: () => undefined });
  const own = [
    "closing",
    "bench",
    "bench_avx2",
    "profiles",
    "profiles_avx2",
    "layers_cifar10_resnet32",
  ];
  const items = (await Promise.all(catalogue.map((entry) => drawings(entry, settings)))).flat();
  const wanted = items.map(({ name, scale }) => scale === undefined ? name : `${scale}/${name}`);
  const there = ["", "preview/", "short/", "paper/"].flatMap((folder) => {
    const path = join(settings.figures, folder);
    if (!existsSync(path)) return [];
    return Array.from(Deno.readDirSync(path)).filter(({ isFile }) => isFile)
      .map(({ name }) => `${folder}${name.slice(0, name.indexOf("."))}`);
  });
  assertEquals([...new Set(there)].sort(), [...new Set([...wanted, ...own])].sort());
});
