/** JupyterLab with our kernel, on loopback alone, on copies of the notebooks. */
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "./chromium.ts";

// What stands in a page, where these functions run; the types of a browser would be those of every file.
// deno-lint-ignore no-explicit-any
type InPage = any;
declare const document: InPage;

const project = fileURLToPath(new URL("../../", import.meta.url));

/** A JupyterLab under way, with a browser that looks at it. */
export interface Lab extends AsyncDisposable {
  /** Its folder in .runtime, with the copies of the notebooks; screenshots are kept beside it. */
  folder: string;
  page: Page;
  open(notebook: string): Promise<OpenNotebook>;
  /** Writes a notebook of these code cells. */
  write(name: string, cells: readonly string[]): Promise<void>;
}

/** Copies the notebooks and the stored results, starts JupyterLab on them, and a browser. */
export async function startLab(): Promise<Lab> {
  const root = `${project}.runtime/browser`;
  const folder = `${root}/notebooks`;
  await Deno.remove(root, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  for (const { name } of Deno.readDirSync(`${project}notebooks`)) {
    if (!name.endsWith(".ipynb")) continue;
    const text = await Deno.readTextFile(`${project}notebooks/${name}`);
    await Deno.writeTextFile(`${folder}/${name}`, withoutOutputs(text));
  }
  // What a browser that is killed leaves goes with this folder.
  await Deno.mkdir(`${root}/tmp`);
  Deno.env.set("TMPDIR", `${root}/tmp`);
  const data = `${root}/data`;
  await copy(`${project}data`, data);
  const settings = `${root}/settings/@jupyterlab/notebook-extension`;
  await Deno.mkdir(settings, { recursive: true });
  // Every cell is in the page, whether it is seen or not.
  await Deno.writeTextFile(
    `${settings}/tracker.jupyterlab-settings`,
    JSON.stringify({ windowingMode: "none" }),
  );
  const news = `${root}/settings/@jupyterlab/apputils-extension`;
  await Deno.mkdir(news, { recursive: true });
  await Deno.writeTextFile(
    `${news}/notification.jupyterlab-settings`,
    JSON.stringify({ fetchNews: "false", checkForUpdates: false }),
  );
  const port = freePort();
  const token = crypto.randomUUID();
  const log = await Deno.open(`${root}/lab.log`, { write: true, create: true });
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", `${project}lib/cli/lab.ts`, "--no-browser"],
      ...[`--port=${port}`, "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"],
      ...[`--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${folder}`],
      "--LabApp.expose_app_in_browser=True",
    ],
    env: {
      HEM_DATA: data,
      HEM_FIGURES: `${root}/figures`,
      JUPYTERLAB_SETTINGS_DIR: `${root}/settings`,
      JUPYTERLAB_WORKSPACES_DIR: `${root}/workspaces`,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const logged = server.stderr.pipeTo(log.writable);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.kill("SIGTERM");
    await server.status;
    await logged;
  };
  try {
    await untilServed(`http://127.0.0.1:${port}/api?token=${token}`, `${root}/lab.log`);
    browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    const address = (notebook: string) =>
      `http://127.0.0.1:${port}/lab/tree/${notebook}?reset&token=${token}`;
    return {
      folder,
      page,
      async open(notebook) {
        await page.goto(address(notebook));
        return await OpenNotebook.in(page, root);
      },
      write: (name, cells) =>
        Deno.writeTextFile(
          `${folder}/${name}`,
          JSON.stringify({
            cells: cells.map((source, i) => ({
              cell_type: "code",
              execution_count: null,
              id: `cell-${i}`,
              metadata: {},
              outputs: [],
              source,
            })),
            metadata: {
              kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
            },
            nbformat: 4,
            nbformat_minor: 5,
          }),
        ),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is seen of a code cell. */
export interface SeenCell {
  /** "[3]:" once it has run. */
  prompt: string;
  source: string;
  text: string;
  isError: boolean;
  /** Of each figure drawn in it, px. */
  figures: { width: number; height: number }[];
  tables: number;
}

/** A notebook in the browser, its kernel ready. */
export class OpenNotebook {
  readonly #page: Page;
  readonly #root: string;

  private constructor(page: Page, root: string) {
    this.#page = page;
    this.#root = root;
  }

  static async in(page: Page, root: string): Promise<OpenNotebook> {
    await page.waitForSelector(".jp-Notebook .jp-CodeCell", { timeout: 60_000 });
    await page.waitForFunction(
      () => {
        // deno-lint-ignore no-explicit-any -- JupyterLab puts its application there
        const { sessionContext } = (globalThis as any).jupyterapp?.shell.currentWidget ?? {};
        const kernel = sessionContext?.session?.kernel;
        return kernel?.connectionStatus === "connected" && kernel.status === "idle";
      },
      null,
      { timeout: 60_000 },
    );
    return new OpenNotebook(page, root);
  }

  /** Selects a code cell and runs it, as Ctrl-Enter does; does not wait for its end. */
  async start(cell: number): Promise<void> {
    await this.#page.evaluate((cell) => {
      // deno-lint-ignore no-explicit-any -- JupyterLab puts its application there
      const { shell, commands } = (globalThis as any).jupyterapp;
      const { content } = shell.currentWidget;
      const codes = content.widgets.flatMap(({ model }: { model: { type: string } }, i: number) =>
        model.type === "code" ? [i] : []
      );
      content.activeCellIndex = codes[cell];
      commands.execute("notebook:run-cell");
    }, cell);
  }

  /** Waits until a cell has run (its prompt is a number). */
  async ended(cell: number, seconds: number): Promise<SeenCell> {
    await this.#page.waitForFunction(
      (at) => {
        const prompts = document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt");
        return /\[\d+\]/.test(prompts[at]?.textContent ?? "");
      },
      cell,
      { timeout: 1000 * seconds },
    );
    await this.#page.waitForTimeout(500);
    return (await this.cells())[cell]!;
  }

  /** Presses the stop button of the toolbar. */
  async pressStop(): Promise<void> {
    await this.#page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').first()
      .click();
  }

  /** Its code cells as a reader sees them. */
  async cells(): Promise<SeenCell[]> {
    return await this.#page.evaluate(() =>
      Array.from<InPage, SeenCell>(
        document.querySelectorAll(".jp-Notebook .jp-CodeCell"),
        (cell) => ({
          prompt: cell.querySelector(".jp-InputPrompt")?.textContent?.trim() ?? "",
          source: cell.querySelector(".jp-InputArea-editor .cm-content")?.textContent ?? "",
          text: cell.querySelector(".jp-OutputArea")?.textContent ?? "",
          // How JupyterLab marks errors, which it shows on red.
          isError: cell.querySelector(
            '[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type="application/vnd.jupyter.error"]',
          ) !== null,
          figures: Array.from<InPage, SeenCell["figures"][number]>(
            cell.querySelectorAll(
              ".jp-OutputArea-output :is(.vega-embed svg, .vega-embed canvas, .jp-RenderedSVG img, .jp-RenderedSVG svg, .jp-RenderedVegaCommon5 img)",
            ),
            (drawn) => {
              const { width, height } = drawn.getBoundingClientRect();
              return { width: Math.round(width), height: Math.round(height) };
            },
          ).filter(({ width }) => width > 0),
          tables: cell.querySelectorAll(".jp-OutputArea-output table").length,
        }),
      )
    );
  }

  /** Keeps what is seen from a cell on, as .runtime/browser/<name>.png. */
  async screenshot(name: string, cell = 0): Promise<void> {
    const place = this.#page.locator(".jp-Notebook .jp-CodeCell").nth(cell);
    await place.scrollIntoViewIfNeeded();
    await this.#page.screenshot({ path: `${this.#root}/${name}.png` });
  }
}

function withoutOutputs(text: string): string {
  const notebook = JSON.parse(text);
  for (const cell of notebook.cells) {
    // The copies lie one folder deeper.
    cell.source = [cell.source].flat().map((line: string) =>
      line.replaceAll('"../lib/', '"../../../lib/')
    );
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    cell.execution_count = null;
  }
  return JSON.stringify(notebook);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilServed(address: string, log: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    try {
      const answer = await fetch(address);
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch { /* not yet */ }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`JupyterLab does not answer: ${await Deno.readTextFile(log)}`);
}

/** Copies a folder; what a data folder links to, such as data sets, is linked. */
async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.name === "raw" || entry.isSymlink) await Deno.symlink(source, target);
    else if (entry.isDirectory) await copy(source, target);
    else await Deno.copyFile(source, target);
  }
}
