/** Commands that read what is stored, with a folder that is not there. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { exitCode } from "../../lib/cli/command.ts";
import { figuresCommand } from "../../lib/cli/figures.ts";
import { migrateCommand } from "../../lib/cli/migrate.ts";
import { notebooksCommand } from "../../lib/cli/notebooks.ts";
import { reportCommand } from "../../lib/cli/report.ts";
import { statusCommand } from "../../lib/cli/status.ts";
import { verifyCommand } from "../../lib/cli/verify.ts";
import { withFolder } from "../with_folder.ts";

const commands = [
  figuresCommand,
  migrateCommand,
  notebooksCommand,
  reportCommand,
  statusCommand,
  verifyCommand,
];
for (const make of commands) {
  Deno.test(`${make().name()} refuses a data folder that is not there, and does nothing`, () =>
    withFolder(async (folder) => {
      const data = join(folder, "nowhere");
      const said: string[] = [];
      const original = console.error;
      console.error = (words: string) => void said.push(words);
      try {
        assertEquals(await exitCode(make(), ["--data", data]), 2);
      } finally {
        console.error = original;
      }
      assertStringIncludes(said.join("\n"), `There is no folder ${data}`);
    }));
}
