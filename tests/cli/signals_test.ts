/** What a signal, or the closing of its terminal, leaves of a task: no process, no lock, no temporary file. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { ensureJupyter } from "../../lib/jupyter/mod.ts";
import { removeIfThere } from "../../lib/files/mod.ts";

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));
const TERMINAL = fromFileUrl(new URL("terminal.py", import.meta.url));

const ENDINGS = ["closing the terminal", "SIGTERM", "SIGINT", "SIGKILL"] as const;
type Ending = typeof ENDINGS[number];

/** A task at work, in a folder of its own. */
interface Stage {
  readonly name: string;
  /** What Deno runs. */
  readonly args: (folder: string) => readonly string[];
  /** Whether the work that is to be ended is under way; `commands` are those of the task's processes. */
  readonly isUnderWay: (folder: string, commands: readonly string[]) => boolean | Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
  /** How it is ended; every way unless told. JupyterLab starts in seconds. */
  readonly endings?: readonly Ending[];
  /** What may be left in the folder. */
  readonly left?: readonly string[];
}

const library = (code: string) => ["eval", "--quiet", code];
const imported = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

// Takes connections and never answers: pip waits.
const silentIndex = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const index = `http://127.0.0.1:${(silentIndex.addr as Deno.NetAddr).port}/simple`;
const pip = { PIP_INDEX_URL: index, PIP_FIND_LINKS: "", PIP_CONFIG_FILE: "/dev/null" };
const runs = (module: string) => (_: string, commands: readonly string[]) =>
  commands.some((command) => command.includes(`-m ${module}`));

const STAGES: Stage[] = [
  {
    name: "TensorFlow's set-up",
    args: (folder) =>
      library(`import { ensureTensorFlow } from ${imported("../../lib/runtime/mod.ts")};
        await ensureTensorFlow("cpu", { runtime: ${JSON.stringify(join(folder, "runtime"))} });`),
    env: pip,
    isUnderWay: runs("pip download"),
    // The lock is the system's; its file stays.
    left: ["runtime", "runtime/lock"],
  },
  {
    name: "the addon's compilation",
    args: (folder) =>
      library(`import { compileAddon } from ${imported("../../lib/runtime/compile_addon.ts")};
        import { cleaningUp } from ${imported("../../lib/runtime/ending.ts")};
        import { hostPlatform } from ${imported("../../lib/runtime/mod.ts")};
        const [folder, scratch] = ${JSON.stringify([folder, join(folder, "scratch")])};
        Deno.mkdirSync(scratch);
        const addon = { package: folder, installation: folder, file: folder + "/addon/a.node", link: "" };
        await cleaningUp(
          () => Deno.removeSync(scratch, { recursive: true }),
          () => compileAddon(addon, { platform: hostPlatform(), scratch }),
        );`),
    env: { CXX: fromFileUrl(new URL("endless_compiler.sh", import.meta.url)) },
    isUnderWay: (_, commands) => commands.some((command) => command.startsWith("sleep 600")),
    left: ["addon"],
  },
  {
    name: "Jupyter's set-up",
    args: (folder) =>
      library(`import { ensureJupyter } from ${imported("../../lib/jupyter/mod.ts")};
        await ensureJupyter(${JSON.stringify(join(folder, "runtime", "jupyter"))});`),
    env: pip,
    isUnderWay: runs("venv"),
    left: ["runtime", "runtime/lock"],
  },
  {
    name: "a notebook's cell",
    args: (folder) =>
      library(`import { executeNotebook } from ${imported("../../lib/jupyter/mod.ts")};
        await executeNotebook(${JSON.stringify(join(folder, "a.ipynb"))});`),
    isUnderWay: (folder) => isThere(join(folder, "runs")),
    left: ["a.ipynb", "runs"],
  },
  {
    name: "reproduce",
    args: (folder) => [
      ...["run", "-A", "--quiet", fromFileUrl(new URL("fake_reproduce.ts", import.meta.url))],
      ...["--scale", "smoke", "--only", "mnist/mlp/ce", "--data", join(folder, "data")],
    ],
    env: { FAKE_STEPS: "4000" },
    isUnderWay: (folder) => filesBelow(folder).some((path) => path.endsWith("work.txt")),
  },
];

/** JupyterLab with a kernel. */
function labStage(): Stage {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return {
    name: "JupyterLab",
    endings: ["SIGINT", "closing the terminal", "SIGKILL"],
    args: () => [
      ...["run", "-A", "--quiet", fromFileUrl(new URL("../../lib/cli/lab.ts", import.meta.url))],
      ...["--no-browser", "--port", String(port), "--IdentityProvider.token=a"],
    ],
    async isUnderWay(_, commands) {
      if (commands.some((command) => command.includes("jupyter --kernel"))) return true;
      const url = `http://127.0.0.1:${port}/api/kernels?token=a`;
      const started = await fetch(url, { method: "POST", body: '{"name": "deno"}' })
        .catch(() => undefined);
      await started?.body?.cancel();
      return false;
    },
  };
}

STAGES.push(labStage());

for (const stage of STAGES) {
  Deno.test(`${stage.name} leaves no process and no file, however it is ended`, async () => {
    for (const ending of stage.endings ?? ENDINGS) await endAndLook(stage, ending);
  });
}

async function endAndLook(stage: Stage, ending: Ending) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "signals-" }));
  const temporary = join(folder, "tmp");
  Deno.mkdirSync(temporary);
  writeLongNotebook(join(folder, "a.ipynb"));
  const mark = crypto.randomUUID();
  const { python } = await ensureJupyter();
  const deno = [Deno.execPath(), ...stage.args(folder)];
  const inTerminal = ending === "closing the terminal";
  const child = new Deno.Command(inTerminal ? python : deno[0]!, {
    args: inTerminal ? [TERMINAL, ...deno] : deno.slice(1),
    cwd: PROJECT,
    env: { ...stage.env, TMPDIR: temporary, HEM_TEST_MARK: mark, JUPYTER_RUNTIME_DIR: temporary },
    stdin: inTerminal ? "piped" : "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const what = `${stage.name}, ${ending}`;
  let isOver = false;
  child.status.then(() => isOver = true);
  try {
    await until(async () => await stage.isUnderWay(folder, commandsOf(mark)), `${what}: start`);
    if (inTerminal) await child.stdin.close();
    else child.kill(ending);
    await until(() => isOver, `${what}: it goes on`);
    await until(() => commandsOf(mark).length === 0, () => `${what}: ${commandsOf(mark)}`);
    // A process that is just being started is not seen yet, and puts its files away a moment later.
    if (ending !== "SIGKILL" && stage.left) {
      const allowed = new Set(["tmp", "a.ipynb", ...stage.left]);
      const more = () => filesBelow(folder).filter((path) => !allowed.has(path));
      await until(() => more().length === 0, () => `${what}: ${more()} is left`);
      for (const path of stage.left) assert(isThere(join(folder, path)), `${what}: ${path}`);
    }
    const temporaries = () => filesBelow(temporary);
    await until(() => temporaries().length === 0, () => `${what}: ${temporaries()} is left`);
  } finally {
    if (!isOver) child.kill("SIGKILL");
    await child.status;
    await removeIfThere(folder);
  }
}

/** The command lines of the processes that a task has started, by a variable that they inherit. */
function commandsOf(mark: string): string[] {
  const commands: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!Deno.readTextFileSync(`/proc/${name}/environ`).includes(mark)) continue;
      commands.push(Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " "));
    } catch {
      // It has ended meanwhile.
    }
  }
  return commands;
}

function filesBelow(folder: string, prefix = ""): string[] {
  try {
    return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => [
      `${prefix}${name}`,
      ...(isDirectory ? filesBelow(join(folder, name), `${prefix}${name}/`) : []),
    ]);
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A notebook whose cell says that it runs, and computes until it is ended. */
function writeLongNotebook(path: string) {
  Deno.writeTextFileSync(
    path,
    JSON.stringify({
      cells: [{
        cell_type: "code",
        id: "a",
        execution_count: null,
        metadata: {},
        outputs: [],
        source: "Deno.writeTextFileSync('runs', ''); while (true);",
      }],
      metadata: { kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
}

async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const end = performance.now() + 30_000;
  while (!await condition()) {
    assert(performance.now() < end, typeof what === "string" ? what : what());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("a bar of progress outlives its terminal, so that what a hang-up ends can put its files away", async () => {
  const folder = await Deno.makeTempDir({ prefix: "signals-" });
  const code = `import { startProgress } from ${imported("../../lib/progress/mod.ts")};
    const progress = startProgress("Training", 1000, { unit: "epochs" });
    Deno.chdir(${JSON.stringify(folder)});
    Deno.writeTextFileSync("started", "");
    let since = 0;
    Deno.addSignalListener("SIGHUP", () => since ||= 1);
    setInterval(() => {
      progress.update(1);
      if (since > 0 && ++since > 5) {
        Deno.writeTextFileSync("ended", "");
        Deno.exit(0);
      }
    }, 150);`;
  const child = new Deno.Command("python3", {
    args: [TERMINAL, Deno.execPath(), "eval", "--quiet", code],
    cwd: PROJECT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    await until(() => isThere(join(folder, "started")), "start");
    await child.stdin.close();
    const { stdout } = await child.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "0");
    assert(isThere(join(folder, "ended")));
  } finally {
    await removeIfThere(folder);
  }
});
