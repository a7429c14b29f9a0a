/** `deno task` that is killed can tell nobody: the command that it runs notices, and ends as asked to. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { findPython } from "../../lib/runtime/mod.ts";
import { withFolder } from "../with_folder.ts";

const library = (path: string) =>
  JSON.stringify(new URL(`../../lib/${path}`, import.meta.url).href);

const COMMAND = `
import { command, runCommand } from ${library("cli/command.ts")};
import { withTemporaryFolder } from ${library("runtime/mod.ts")};
const say = (folder) => console.log(JSON.stringify({ pid: Deno.pid, folder }));
await runCommand(command("wait", "Waits").action(() => {
  if (Deno.args.includes("computing")) {
    say();
    for (const end = Date.now() + 60_000; Date.now() < end;);
  }
  return withTemporaryFolder(async (folder) => {
    say(folder);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}), []);
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
      for (const how of ["waiting", "computing"]) {
        const task = await start(
          Deno.execPath(),
          ["task", "--eval", `deno run -A --config deno.json "${script}" ${how}`],
          { cwd: project, env: { TMPDIR: folder } },
        );
        task.child.kill("SIGKILL");
        await task.child.status;
        assertEquals(await isGone(task.pid, 5), true, how);
        assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["wait.ts"]);
      }

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

Deno.test({
  name: "the tests end with their task, also with one that is killed",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const script = join(folder, "wait_test.ts");
      await Deno.writeTextFile(
        script,
        `Deno.test("waits", async () => {
          Deno.writeTextFileSync("${folder}/pid", String(Deno.pid));
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        });`,
      );
      const task = new Deno.Command(Deno.execPath(), {
        args: ["task", "test", "--no-check", script],
        cwd: new URL("../../", import.meta.url),
        stdout: "null",
        stderr: "null",
      }).spawn();
      const begun = () => {
        try {
          return Number(Deno.readTextFileSync(join(folder, "pid")));
        } catch {
          return 0;
        }
      };
      for (let i = 0; i < 300 && begun() === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      task.kill("SIGKILL");
      await task.status;
      assertEquals(await isGone(begun(), 5), true);
    }),
});

const TERMINAL = fromFileUrl(new URL("terminal.py", import.meta.url));

const DRAWING = `
import { command, runCommand } from ${library("cli/command.ts")};
import { takeInterrupts } from ${library("cli/interrupt.ts")};
import { startProgress } from ${library("progress/mod.ts")};
await runCommand(command("draw", "Draws").action(async () => {
  using interrupt = takeInterrupts();
  const progress = startProgress("Drawing", 1e6);
  Deno.writeTextFileSync("begun", "");
  let steps = 0;
  for (let after = 0; after < 20; steps++) {
    progress.update(steps);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (interrupt.stop.aborted) after++;
  }
  progress.finish("stopped");
  console.log("Stopped.");
  Deno.writeTextFileSync("checkpoint", "");
  Deno.exit(interrupt.exitCode);
}), []);
`;

Deno.test("a command whose terminal is closed ends in order, whatever it still says", () =>
  withFolder(async (folder) => {
    const script = join(folder, "draw.ts");
    await Deno.writeTextFile(script, DRAWING);
    const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
    const { command } = await findPython();
    const child = new Deno.Command(command, {
      args: [TERMINAL, Deno.execPath(), "run", "-A", "--config", config, script],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    for (let i = 0; i < 300 && !names().includes("begun"); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await child.stdin.close();
    const { stdout } = await child.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "129");
    assertEquals(names(), ["begun", "checkpoint", "draw.ts"]);
  }));
