import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { report } from "../../lib/reporting/mod.ts";

// An empty data folder: the page says what is missing, and what is computed without trials is there.
const data = Deno.makeTempDirSync();
const html = await report({ data, figures: data, scale: "preview" });
Deno.removeSync(data, { recursive: true });

Deno.test("the report is one page that needs no other file", () => {
  const outside = [...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to);
  assertEquals(outside, []);
  assertEquals([...html.matchAll(/url\((?!#|data:|&quot;|'?#)[^)]*\)/g)].map(([text]) => text), []);
  for (const words of ["Figure 1.", "Table 1.", "Table 3.", "not yet run", "no result yet"]) {
    assertStringIncludes(html, words);
  }
});

Deno.test("the ids of the report are all different, and its links lead to them", () => {
  const ids = [...html.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id!);
  assertEquals(ids.length, new Set(ids).size);
  const links = [...html.matchAll(/(?:href="|url\()#([^")]*)/g)].map(([, id]) => id!);
  assertEquals(links.filter((id) => !ids.includes(id)), []);
});

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });

for (const width of [1100, 500]) {
  Deno.test({
    name:
      `a browser shows the report at ${width} px without an error, and nothing wider than the page`,
    ignore: chromium === undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const path = join(folder, "report.html");
        // What the page is like is written into it by the browser, and read from what it dumps.
        const probe = `<script>
          const errors = [];
          addEventListener("error", (event) => errors.push(event.message));
          addEventListener("load", () => {
            const { scrollWidth, clientWidth } = document.documentElement;
            const drawn = [...document.querySelectorAll("figure svg")]
              .filter((svg) => svg.getBoundingClientRect().height > 50).length;
            document.title = JSON.stringify({ scrollWidth, clientWidth, drawn, errors });
          });
        </script></head>`;
        await Deno.writeTextFile(path, html.replace("</head>", probe));
        const { stdout, success } = await new Deno.Command(chromium!, {
          args: [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            `--user-data-dir=${folder}/profile`,
            `--window-size=${width},1200`,
            "--dump-dom",
            `file://${path}`,
          ],
          stderr: "null",
        }).output();
        assert(success, "the browser failed");
        const title = /<title>([^<]*)<\/title>/.exec(new TextDecoder().decode(stdout))![1]!;
        const seen = JSON.parse(title.replaceAll("&quot;", '"'));
        assertEquals(seen.errors, []);
        assert(seen.drawn >= 8, `${seen.drawn} figures are drawn`);
        assert(
          seen.scrollWidth <= seen.clientWidth,
          `${seen.scrollWidth} of ${seen.clientWidth} px`,
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
