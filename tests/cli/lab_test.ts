import { assertEquals } from "@std/assert";
import { fileURLToPath as fromFileUrl } from "node:url";
import { ensureJupyter } from "../../lib/jupyter/mod.ts";
import { withFolder } from "../with_folder.ts";

const script = fromFileUrl(new URL("../../lib/cli/lab.ts", import.meta.url));

Deno.test("lab hands on no INIT_CWD, by which tasks in its terminals would look for the user's paths", () =>
  withFolder(async (folder) => {
    await ensureJupyter();
    // Python runs it when it starts.
    await Deno.writeTextFile(
      `${folder}/sitecustomize.py`,
      "import os, sys\nprint(os.environ.get('INIT_CWD'), file=sys.stderr)\n",
    );
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script, "--version"],
      env: { INIT_CWD: folder, PYTHONPATH: folder },
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr).trim(), "None");
  }));
