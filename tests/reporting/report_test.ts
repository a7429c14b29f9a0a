import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { drawnBy, report } from "../../lib/reporting/report.ts";
import { openStore } from "../../lib/trials/mod.ts";
import { chromium, openBrowser, withoutChromium } from "../browser/chromium.ts";
import { syntheticRecords } from "./synthetic.ts";

// What stands in a page, where these functions run; the types of a browser would be those of every file.
// deno-lint-ignore no-explicit-any
type InPage = any;
declare const document: InPage, PointerEvent: InPage, innerWidth: number;

if (chromium === undefined) console.log(withoutChromium);

// Results of three networks: the page has rows of them, says what is missing, and has what is computed without trials.
const data = Deno.makeTempDirSync();
const store = openStore({ data });
for (const record of syntheticRecords(["preview"])) store.write(record);
const html = await report({ data, figures: data, scale: "preview" });
Deno.removeSync(data, { recursive: true });

Deno.test("the report is one page that needs no other file", () => {
  const outside = [...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to);
  assertEquals(outside, []);
  assertEquals([...html.matchAll(/url\((?!#|data:|&quot;|'?#)[^)]*\)/g)].map(([text]) => text), []);
  const missing = ["not yet run", "no result yet"];
  const there = ["98.91 ± 0.05", "3 of 15 conditions", "REDUCED RUN (preview)"];
  for (const words of ["Figure 1.", "Table 1.", "Table 3.", ...missing, ...there]) {
    assertStringIncludes(html, words);
  }
});

Deno.test("the ids of the report are all different, and its links lead to them", () => {
  const ids = [...html.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id!);
  assertEquals(ids.length, new Set(ids).size);
  const links = [...html.matchAll(/(?:href="|url\()#([^")]*)/g)].map(([, id]) => id!);
  assertEquals(links.filter((id) => !ids.includes(id)), []);
});

Deno.test("the report is drawn where there is no git, too", () => {
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", "/nowhere");
  try {
    assertStringIncludes(drawnBy(), "drawn at an unknown commit by Deno");
  } finally {
    Deno.env.set("PATH", path);
  }
});

for (const width of [1200, 360]) {
  Deno.test({
    name:
      `a browser shows the report at ${width} px without an error, and nothing wider than the page`,
    ignore: chromium === undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const path = join(folder, "report.html");
        await Deno.writeTextFile(path, html);
        await using browser = await openBrowser();
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(error.message));
        page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
        await page.goto(`file://${path}`);
        const seen = await page.evaluate(() => ({
          scrollWidth: document.documentElement.scrollWidth,
          clientWidth: document.documentElement.clientWidth,
          drawn: Array.from<InPage>(document.querySelectorAll("figure svg"))
            .filter((svg) => svg.getBoundingClientRect().height > 50).length,
        }));
        assertEquals(seen.clientWidth, width);
        assert(seen.drawn >= 8, `${seen.drawn} figures are drawn`);
        assert(seen.scrollWidth <= width, `${seen.scrollWidth} of ${width} px`);
        // On a phone too a claim's numbers are read without scrolling to the side.
        const right = await page.evaluate(() =>
          Math.max(
            ...Array.from<InPage>(document.querySelectorAll("#claims td"))
              .map((cell) => cell.getBoundingClientRect().right),
          )
        );
        assert(right <= width, `claims end at ${right} of ${width} px`);
        // What a mark stands for is said under the pointer.
        await page.evaluate(() => {
          const mark = document.querySelector(
            '#losses svg path[aria-label*="loss"], figure svg path[aria-label]',
          )!;
          mark.scrollIntoView();
          mark.setAttribute("aria-label", "mean: 98.891234; row: LeNet; color: #d55e00");
          mark.setAttribute("aria-roledescription", "point");
          mark.dispatchEvent(
            new PointerEvent("pointerover", { bubbles: true, clientX: width() - 2 }),
          );
          function width() {
            return document.documentElement.clientWidth;
          }
        });
        const tip = page.locator("#tip");
        assertEquals(await tip.textContent(), "mean: 98.891\nrow: LeNet");
        const box = (await tip.boundingBox())!;
        assert(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
        assertEquals(errors, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "printed, the report is pages of paper on which nothing is cut at the side",
  ignore: chromium === undefined,
  async fn() {
    await using browser = await openBrowser();
    // A4 without its margins, at 96 dpi.
    const page = await browser.newPage({ viewport: { width: 688, height: 1000 } });
    await page.emulateMedia({ media: "print" });
    await page.setContent(html);
    const wide = await page.evaluate(() => {
      const isWide = (one: InPage) => one.getBoundingClientRect().right > innerWidth + 1;
      return Array.from<InPage>(document.querySelectorAll("table, svg, p"))
        .filter(isWide).map((one) => one.closest("[id]")?.id);
    });
    assertEquals([...new Set(wide)], []);
    // No column is so narrow that a word is broken.
    const broken = await page.evaluate(() =>
      Array.from<InPage>(document.querySelectorAll("td")).filter((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return /^[a-z]+$/i.test(cell.textContent) && range.getClientRects().length > 1;
      }).map((cell) => cell.textContent)
    );
    assertEquals(broken, []);
    const paper = await page.pdf({ format: "A4" });
    assert(paper.length > 50_000, `${paper.length} bytes`);
  },
});
