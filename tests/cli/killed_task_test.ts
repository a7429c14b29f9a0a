/** `deno task` that is killed can tell nobody: the command that it runs notices, and ends as asked to. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../with_folder.ts";

const library = (path: string) =>
  JSON.stringify(new URL(`../../lib/${path}`, import.meta.url).href);

const COMMAND = `
import { command, runCommand } from ${library("cli/command.ts")};
import { withTemporaryFolder } from ${library("runtime/mod.ts")};
await runCommand(command("wait", "Waits").action(() =>
  withTemporaryFolder(async (folder) => {
    console.log(JSON.stringify({ pid: Deno.pid, folder }));
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  })
), []);
`;

/** Starts a waiting command by a shell's words, and says which processes and folder there are. */
async function start(program: string, args: string[], options: Deno.CommandOptions) {
  const child = new Deno.Command(program, { ...options, args, stdout: "piped", stderr: "null" })
    .spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { child, ...JSON.parse(value!) as { pid: number; folder: string } };
}

async function isGone(pid: number, seconds: number): Promise<boolean> {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
    try {
      // A process that has ended but is not asked for is a zombie.
      if (/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

Deno.test({
  name: "a command ends with its task, also with one that is killed, and cleans up",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const script = join(folder, "wait.ts");
      await Deno.writeTextFile(script, COMMAND);
      const project = new URL("../../", import.meta.url);
      const task = await start(
        Deno.execPath(),
        ["task", "--eval", `deno run -A --config deno.json "${script}"`],
        { cwd: project, env: { TMPDIR: folder } },
      );
      task.child.kill("SIGKILL");
      await task.child.status;
      assertEquals(await isGone(task.pid, 5), true);
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["wait.ts"]);

      // Without a task it may be meant to outlive what started it.
      const { INIT_CWD: _, ...env } = Deno.env.toObject();
      const shell = await start(
        "sh",
        ["-c", `"${Deno.execPath()}" run -A --config deno.json "${script}"; true`],
        { cwd: project, env: { ...env, TMPDIR: folder }, clearEnv: true },
      );
      shell.child.kill("SIGKILL");
      await shell.child.status;
      assertEquals(await isGone(shell.pid, 2), false);
      Deno.kill(shell.pid, "SIGTERM");
      assertEquals(await isGone(shell.pid, 5), true);
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["wait.ts"]);
    }),
});
