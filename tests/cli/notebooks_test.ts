import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { executeAll, executionOf } from "../../lib/cli/notebooks.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("../../lib/cli/notebooks.ts", import.meta.url);

function write(folder: string, name: string, source: string): string {
  const path = join(folder, `${name}.ipynb`);
  Deno.writeTextFileSync(
    path,
    JSON.stringify({
      cells: [{
        ...{ cell_type: "code", id: "a", execution_count: null, metadata: {}, outputs: [] },
        source,
      }],
      metadata: { kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  return path;
}

Deno.test("notebooks --output and HEM_FIGURES are folders that can be written, else nothing is executed", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "");
    for (
      const [output, figures, message] of [
        [file, folder, "is a file: name a folder"],
        ["/proc/none", folder, "--output"],
        [folder, "/proc/none", "HEM_FIGURES"],
      ] as const
    ) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", program.href, "02_losses", "--output", output],
        env: { HEM_FIGURES: figures },
      }).output();
      assertEquals(code, 2);
      assertStringIncludes(new TextDecoder().decode(stderr), message);
    }
  }));

Deno.test("notebooks of another data folder than the project's are stored in it, and draw in it", () =>
  withFolder((data) => {
    const env = { HEM_DATA: data, HEM_FIGURES: join(data, "figures") };
    const there = { env, output: join(data, "notebooks") };
    assertEquals(executionOf({ data }), there);
    assertEquals(executionOf({ data, scale: "short", microBatch: 32, output: "/elsewhere" }), {
      env: { ...env, HEM_SCALE: "short", HEM_MICRO_BATCH: "32" },
      output: "/elsewhere",
    });
    Deno.env.set("HEM_DATA", data);
    try {
      assertEquals(executionOf({}), there);
    } finally {
      Deno.env.delete("HEM_DATA");
    }
    // The project's own take the place of what was executed.
    assertEquals(executionOf({}).output, undefined);
  }));

Deno.test("executeAll() executes all that can be, stores it where it is told, and names what fails or shows nothing", () =>
  withFolder(async (folder) => {
    const output = join(folder, "executed", "here");
    const paths = [
      write(folder, "fails", 'throw new Error("boom");'),
      write(
        folder,
        "shows",
        'console.log(Deno.env.get("HEM_TEST"), Deno.env.get("HEM_NO_TRIALS"));',
      ),
      write(folder, "hides", "const show = () => {};\nshow();"),
    ];
    const error = await assertRejects(
      () => executeAll(paths, { env: { HEM_TEST: "given" }, output }),
      Error,
    );
    assertStringIncludes(error.message, "1 of 3 notebooks could not be executed");
    assertStringIncludes(error.message, "boom");
    const names = Array.from(Deno.readDirSync(output), ({ name }) => name).sort();
    assertEquals(names, ["hides.ipynb", "shows.ipynb"]);
    const text = Deno.readTextFileSync(join(output, "shows.ipynb"));
    assertStringIncludes(text, "given 1");
    for (const path of paths) assert(!Deno.readTextFileSync(path).includes("given 1"));
    await assertRejects(
      () => executeAll(paths.slice(2), { output }),
      Error,
      "hides.ipynb, cell 1: const show",
    );
  }));
