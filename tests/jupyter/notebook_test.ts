import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  checkNotebooks,
  executeNotebook,
  kernelSpec,
  missingOutputs,
  notebookToScript,
  requireLoopback,
} from "../../lib/jupyter/mod.ts";
import { withFolder } from "../with_folder.ts";

/** Writes a notebook of code cells; an output is given as its text. */
async function writeNotebook(path: string, cells: { source: string; output?: string }[]) {
  const code = cells.map(({ source, output }) => ({
    cell_type: "code",
    metadata: {},
    execution_count: null,
    source: source.split(/(?<=\n)/),
    outputs: output === undefined
      ? []
      : [{ output_type: "stream", name: "stdout", text: [output] }],
  }));
  const markdown = { cell_type: "markdown", metadata: {}, source: ["# Title"] };
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      cells: [markdown, ...code],
      metadata: { kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 4,
    }),
  );
}

Deno.test("missingOutputs() finds the cells that should display and do not", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [
      { source: 'import { x } from "./x.ts";\nconst y = x;' },
      { source: "y;" },
      { source: "const table = [\n  1,\n];\nawait show(table);" },
      { source: "y + 1;", output: "2" },
      { source: "const z = 1; console.log(z);" },
      { source: "// only a comment" },
      { source: "const long = f({\n  a: 1,\n});" },
    ]);
    assertEquals((await missingOutputs(path)).map(({ number }) => number), [3, 4, 6]);
  });
});

Deno.test("missingOutputs() refuses what is no notebook", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.ipynb`, "{}");
    await assertRejects(() => missingOutputs(`${folder}/a.ipynb`), TypeError, "is no notebook");
    await Deno.writeTextFile(`${folder}/a.ipynb`, "{");
    await assertRejects(() => missingOutputs(`${folder}/a.ipynb`), TypeError, "is no notebook");
  });
});

Deno.test("notebookToScript() holds the code of every code cell under its number", async () => {
  await withFolder(async (folder) => {
    await writeNotebook(`${folder}/a.ipynb`, [{ source: "const x = 1;" }, { source: "x;" }]);
    assertEquals(
      await notebookToScript(`${folder}/a.ipynb`),
      "// Cell 2\nconst x = 1;\n\n// Cell 3\nx;\n\nexport {};\n",
    );
  });
});

Deno.test("checkNotebooks() finds a wrong type, and leaves no file behind", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "const x: number = 1;" }, { source: "x;" }]);
    assertEquals(await checkNotebooks([path]), undefined);
    await Deno.writeTextFile(`${folder}/lib.ts`, "export const one = 1;");
    await writeNotebook(path, [{ source: 'import { one } from "./lib.ts";\n\none + 1;' }]);
    assertEquals(await checkNotebooks([path]), undefined);
    await Deno.remove(`${folder}/lib.ts`);
    await writeNotebook(path, [{ source: 'const x: number = "1";' }]);
    assertStringIncludes(await checkNotebooks([path]) ?? "", "TS2322");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.ipynb"]);
  });
});

Deno.test("kernelSpec() interrupts by message, and runs this Deno", () => {
  const spec = JSON.parse(kernelSpec());
  assertEquals(spec.interrupt_mode, "message");
  assert(spec.argv.includes(Deno.execPath()));
});

Deno.test("executeNotebook() stores the outputs, also those that come late", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    const many = Array.from({ length: 20 }, (_, i) => ({ source: `${i} + 1;` }));
    await writeNotebook(path, [
      { source: 'console.log(Deno.env.get("HEM_TEST_VALUE"));' },
      ...many,
    ]);
    await executeNotebook(path, { env: { HEM_TEST_VALUE: "reached" }, timeout: 60 });
    assertEquals(await missingOutputs(path), []);
    const { cells } = JSON.parse(await Deno.readTextFile(path));
    assertEquals(cells[1].outputs[0].text.join(""), "reached\n");
    assertStringIncludes(cells[20].outputs[0].data["text/plain"].join(""), "19");
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("executeNotebook() stores elsewhere what is to be kept as it was, and sweeps what a killed one left", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "Deno.cwd();" }]);
    const before = await Deno.readTextFile(path);
    const store = `${folder}/executed`;
    await Deno.mkdir(store);
    await Deno.writeTextFile(`${store}/.executing-dead.ipynb`, "{");
    await Deno.writeTextFile(`${store}/.executing-alive.ipynb`, "{");
    using alive = await Deno.open(`${store}/.executing-alive.ipynb`, { write: true });
    await alive.lock(true);
    await executeNotebook(path, { output: `${store}/a.ipynb` });
    assertEquals(await Deno.readTextFile(path), before);
    const { cells } = JSON.parse(await Deno.readTextFile(`${store}/a.ipynb`));
    assertStringIncludes(JSON.stringify(cells.at(-1).outputs), await Deno.realPath(folder));
    const names = Array.from(Deno.readDirSync(store), ({ name }) => name).sort();
    assertEquals(names, [".executing-alive.ipynb", "a.ipynb"]);
  });
});

Deno.test("executeNotebook() names the cell that fails, and leaves the notebook as it was", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "1;" }, { source: 'throw new Error("boom");' }]);
    const before = await Deno.readTextFile(path);
    const error = await assertRejects(() => executeNotebook(path), Error);
    assertStringIncludes(error.message, 'cell 3 (throw new Error("boom");) failed: Error: boom');
    assertEquals(await Deno.readTextFile(path), before);
  });
});

Deno.test("executeNotebook() ends a cell that takes longer than its time", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "await new Promise((r) => setTimeout(r, 30_000));" }]);
    await assertRejects(() => executeNotebook(path, { timeout: 2 }), Error, "longer than 2");
  });
});

Deno.test("executeNotebook() leaves cells that are tagged so as they are", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "1 + 1;" }, { source: 'throw new Error("trains");' }]);
    const notebook = JSON.parse(await Deno.readTextFile(path));
    const cell = notebook.cells.at(-1);
    cell.metadata.tags = ["skip-execution"];
    cell.outputs = [{ output_type: "stream", name: "stdout", text: "from before" }];
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    await executeNotebook(path);
    const { cells } = JSON.parse(await Deno.readTextFile(path));
    assertEquals(cells.at(-1).outputs[0].text.join(""), "from before");
    assertEquals(cells.at(-2).outputs.length, 1);
  });
});

Deno.test("requireLoopback() says what is lacking", async () => {
  await requireLoopback();
  // An address of documentation, which no machine has.
  const error = await assertRejects(() => requireLoopback("192.0.2.1"), Error);
  assertStringIncludes(error.message, "by way of 192.0.2.1, which cannot be used here");
});

/** Settings with which the kernel ends at once, each time or the first time alone. */
async function dyingKernel(folder: string, { always }: { always: boolean }) {
  const { argv, ...spec } = JSON.parse(kernelSpec());
  const dies = always ? "exit 1" : `mkdir ${folder}/begun && exit 1; exec "$@"`;
  await Deno.mkdir(`${folder}/kernels/deno`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/kernels/deno/kernel.json`,
    JSON.stringify({ ...spec, argv: ["sh", "-c", dies, "sh", ...argv] }),
  );
  return { JUPYTER_PATH: folder };
}

Deno.test("executeNotebook() starts a kernel that does not come up once more, and then says why", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await writeNotebook(path, [{ source: "console.log(40 + 2);" }]);
    const once = await dyingKernel(`${folder}/once`, { always: false });
    await executeNotebook(path, { env: once });
    assertEquals(await missingOutputs(path), []);
    assertStringIncludes(await Deno.readTextFile(path), "42");
    const never = await dyingKernel(`${folder}/never`, { always: true });
    await assertRejects(
      () => executeNotebook(path, { env: never }),
      Error,
      "could not be executed: Kernel died before replying to kernel_info",
    );
  }));
