/** What Ctrl-C in a terminal says of a program that gives it no meaning of its own. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { findPython } from "../../lib/runtime/mod.ts";

// Runs a command in a terminal, presses Ctrl-C when it says that it is ready, and prints what stood there and the exit code.
const press = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = b""
try:
    while part := os.read(terminal, 4096):
        if b"ready" in part:
            os.write(terminal, b"\\x03")
        said += part
except OSError:
    pass
print(said.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

async function interrupted(code: string): Promise<string> {
  const runtime = new URL("../../lib/runtime/mod.ts", import.meta.url);
  const program = `import { onEnding, sayAtInterrupt } from ${JSON.stringify(runtime.href)};
    using said = sayAtInterrupt("All is kept.");
    ${code}
    console.log("ready");
    await new Promise((resolve) => setTimeout(resolve, 20_000));`;
  const { command } = await findPython();
  const { stdout } = await new Deno.Command(command, {
    args: ["-c", press, Deno.execPath(), "eval", "--quiet", program],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("Ctrl-C says what is kept, and ends with its code", async () => {
  const said = await interrupted("");
  assertStringIncludes(said, "All is kept.");
  assertEquals(said.split(" ").at(-1), "130");
});

Deno.test("Ctrl-C says nothing of it where it means another thing", async () => {
  const said = await interrupted("using other = onEnding(() => Deno.exit(7));");
  assertEquals([said.includes("All is kept."), said.split(" ").at(-1)], [false, "7"]);
});
