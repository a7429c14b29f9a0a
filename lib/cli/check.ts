// `deno task check`: types of the library, the tests and the notebooks' cells.
import { fileURLToPath } from "node:url";
import { checkNotebooks } from "../jupyter/mod.ts";
import { endWith } from "../runtime/mod.ts";
import { command, runCommand } from "./command.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../notebooks", import.meta.url));

const program = command("check", "Check the types of the library, the tests and the notebooks.")
  .action(async () => {
    const child = new Deno.Command(Deno.execPath(), { args: ["check", "lib", "tests"] }).spawn();
    const sources = await endWith(child);
    if (!sources.success) throw new Error("The types of lib/ or tests/ do not fit; see above");
    const notebooks = Array.from(Deno.readDirSync(NOTEBOOKS), ({ name }) => name)
      .filter((name) => name.endsWith(".ipynb"))
      .map((name) => `${NOTEBOOKS}/${name}`);
    const wrong = await checkNotebooks(notebooks);
    if (wrong !== undefined) throw new Error(`The types of a notebook do not fit:\n${wrong}`);
  });

await runCommand(program);
