/** What Python runs for us ends with the process that started it, also one that is killed and can tell nobody. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { ENDS_WITH_US, findPython } from "../../lib/runtime/mod.ts";
import { withFolder } from "../with_folder.ts";

const RUNTIME = JSON.stringify(new URL("../../lib/runtime/mod.ts", import.meta.url).href);

/** A script of a folder whose neighbour never comes back from a computation in C. */
function writeScript(folder: string) {
  Deno.writeTextFileSync(
    join(folder, "neighbour.py"),
    "import hashlib\n" +
      "def compute():\n" +
      "    hashlib.pbkdf2_hmac('sha256', b'', b'', 1_000_000_000)\n",
  );
  Deno.writeTextFileSync(
    join(folder, "script.py"),
    "import os, sys, neighbour\n" +
      "print(os.getpid(), *sys.argv[1:], flush=True)\n" +
      "neighbour.compute()\n",
  );
}

Deno.test("ENDS_WITH_US runs a script beside its neighbours, a module, and a program", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "neighbour.py"), "word = 'near'\n");
    const script = join(folder, "script.py");
    Deno.writeTextFileSync(
      script,
      "import sys, neighbour\nprint(neighbour.word, sys.argv[1:])\nsys.exit(3)\n",
    );
    const { command } = await findPython();
    const run = async (...args: string[]) => {
      const { code, stdout } = await new Deno.Command(command, {
        args: [...ENDS_WITH_US, ...args],
        cwd: folder,
        stderr: "null",
      }).output();
      return { code, said: new TextDecoder().decode(stdout).trim() };
    };
    assertEquals(await run(script, "a", "-b"), { code: 3, said: "near ['a', '-b']" });
    assertEquals(await run("-x", "sh", "-c", 'echo "$0"; exit 4', "-c d"), {
      code: 4,
      said: "-c d",
    });
    assertEquals((await run("-m", "json.tool", "--help")).code, 0);
  }));

Deno.test({
  name: "a script that computes, and a program with its children, end with a parent that is killed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      writeScript(folder);
      const code = `import { ENDS_WITH_US, findPython } from ${RUNTIME};
        const { command } = await findPython();
        const start = (...args) => new Deno.Command(command, {
          args: [...ENDS_WITH_US, ...args], stdin: "null",
        }).spawn();
        start(${JSON.stringify(join(folder, "script.py"))});
        await start("-x", "sh", "-c", "echo $$; sleep 600 & echo $!; wait").status;`;
      const parent = new Deno.Command(Deno.execPath(), {
        args: ["eval", "--quiet", code],
        stdout: "piped",
      }).spawn();
      const pids: string[] = [];
      const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
      while (pids.length < 3) pids.push(...(await reader.read()).value!.trim().split("\n"));
      parent.kill("SIGKILL");
      await parent.status;
      await reader.cancel();
      const living = () =>
        new Deno.Command("ps", { args: ["-o", "pid=,stat=", "-p", pids.join(",")] }).outputSync();
      let left = "?";
      for (const end = performance.now() + 10_000; left && performance.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        left = new TextDecoder().decode(living().stdout).split("\n")
          .filter((line) => line.trim() && !/Z/.test(line)).join();
      }
      assertEquals(left, "");
    }),
});
