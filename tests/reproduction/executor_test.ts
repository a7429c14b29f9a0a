import { join } from "node:path";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/cli/command.ts";
import { requireWritable } from "../../lib/cli/writable.ts";
import {
  execute,
  type ExecuteOptions,
  showExecution,
  tasksOf,
} from "../../lib/reproduction/mod.ts";
import {
  isTrialRunning,
  lockTrial,
  openStore,
  type Store,
  type Trial,
  TrialBusyError,
  trialId,
} from "../../lib/trials/mod.ts";
import { exampleStages, exampleTrial, workDone } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const script = new URL("./fake_child.ts", import.meta.url);
const stages = exampleStages("training", "clean");

function run(store: Store, trials: Trial[], options: Partial<ExecuteOptions> = {}) {
  const tasks = tasksOf(trials.map((trial) => ({ trial, stages })), { store });
  return execute(tasks, { store, jobs: 2, script, ...options });
}

function trialsOf(network: string, count: number): Trial[] {
  return Array.from(
    { length: count },
    (_, index) => exampleTrial({ network: { name: network }, index }),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("execute() runs what is pending, and the second time nothing", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const trials = trialsOf("quick", 3);
    const first = await run(store, trials);
    assertEquals(first.done.sort(), trials.map(trialId).sort());
    const second = await run(store, trials);
    assertEquals(second, { done: [], elsewhere: [], failed: [], stopped: [] });
    for (const trial of trials) assertEquals(workDone(store, trialId(trial)).runs, 1);
  }));

Deno.test("execute() runs trials of one thread side by side, and those of all cores alone", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const trials = trialsOf("quick", 6).map((trial, i): Trial => ({
      ...trial,
      recipe: { ...trial.recipe, threads: i === 2 ? 2 : i === 3 ? 8 : 1 },
    }));
    const running: number[] = [];
    const seen: string[] = [];
    const result = await run(store, trials, {
      cores: 2,
      onStart: ({ trial }) => {
        running.push(trial.recipe.threads);
        seen.push(running.join("+"));
      },
      onEnd: ({ trial }) => void running.splice(running.indexOf(trial.recipe.threads), 1),
    });
    assertEquals(result.done.length, 6);
    assert(seen.includes("1+1"), seen.join());
    assert(seen.includes("2") && seen.includes("8"), seen.join());
    assert(seen.every((threads) => ["1", "1+1", "2", "8"].includes(threads)), seen.join());
  }));

Deno.test("execute() goes on after a trial that fails, and names its log", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [fails] = trialsOf("fails", 1);
    const quick = trialsOf("quick", 2);
    const result = await run(store, [fails!, ...quick], { jobs: 1 });
    assertEquals(result.done.length, 2);
    assertEquals(result.failed.map(({ id, message }) => ({ id, message })), [
      { id: trialId(fails!), message: "It cannot be done" },
    ]);
    assertEquals(result.failed[0]!.log, join(store.runFolder(trialId(fails!)), "log.jsonl"));
    const log = Deno.readTextFileSync(result.failed[0]!.log);
    assert(log.includes("It cannot be done"));
    for (const line of log.trim().split("\n")) JSON.parse(line);
  }));

Deno.test("execute() reports a killed child, and the next run resumes it", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [trial] = trialsOf("crashes", 1);
    const id = trialId(trial!);
    // The child kills itself with SIGKILL at its second step of three, again at each resumption there.
    const result = await run(store, [trial!]);
    assertEquals(result.failed.length, 1);
    assert(result.failed[0]!.message.includes("SIGKILL"), result.failed[0]!.message);
    assert(!isTrialRunning(store.runFolder(id)));
    Deno.writeTextFileSync(join(store.runFolder(id), "checkpoint.txt"), "2");
    assertEquals((await run(store, [trial!])).done, [id]);
    assertEquals(workDone(store, id), { runs: 2, steps: 2 });
  }));

Deno.test("execute() twice on one store never does a trial twice", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const trials = trialsOf("quick", 6);
    const [a, b] = await Promise.all([run(store, trials), run(openStore({ data }), trials)]);
    for (const trial of trials) {
      assertEquals(workDone(store, trialId(trial)), { runs: 1, steps: 2 });
    }
    // Every trial is somebody's, and both executors know that all are done.
    for (const { done, elsewhere, failed } of [a, b]) {
      assertEquals([...done, ...elsewhere].sort(), trials.map(trialId).sort());
      assertEquals(failed, []);
    }
  }));

Deno.test("execute() waits for a trial that another process holds, and runs it when let go", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [trial] = trialsOf("quick", 1);
    const id = trialId(trial!);
    const lock = lockTrial(store.runFolder(id));
    const events: string[] = [];
    const running = run(store, [trial!], { onEvent: (_, { event }) => events.push(event) });
    await until(() => events.includes("busy"));
    assertEquals(workDone(store, id).runs, 0);
    lock.release();
    assertEquals((await running).done, [id]);
  }));

Deno.test("execute() asked to stop lets the children end their step, and a later run goes on", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const trials = trialsOf("slow", 3);
    const stop = new AbortController();
    const running = run(store, trials, { stop: stop.signal });
    const [first] = trials.map(trialId);
    await until(() => workDone(store, first!).steps >= 2);
    stop.abort();
    const result = await running;
    assertEquals(result.stopped.sort(), trials.map(trialId).sort());
    const { steps } = workDone(store, first!);
    assert(steps < 200);
    // The third never started.
    assertEquals(workDone(store, trialId(trials[2]!)).runs, 0);

    Deno.writeTextFileSync(join(store.runFolder(first!), "checkpoint.txt"), "199");
    assertEquals((await run(store, [trials[0]!])).done, [first!]);
    assertEquals(workDone(store, first!), { runs: 2, steps: steps + 1 });
  }));

Deno.test("execute() says that the disk is full also where a stop's own checkpoint finds it so", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [trial] = trialsOf("fills", 1);
    const stop = new AbortController();
    const running = run(store, [trial!], { stop: stop.signal });
    await until(() => workDone(store, trialId(trial!)).steps > 0);
    stop.abort();
    const { halted } = await running;
    assertStringIncludes(halted ?? "", "No space for a checkpoint");
    const log = Deno.readTextFileSync(join(store.runFolder(trialId(trial!)), "log.jsonl"));
    assertStringIncludes(log, "DiskFullError");
  }));

Deno.test("execute() told to kill ends children that do not stop", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [trial] = trialsOf("stubborn", 1);
    const id = trialId(trial!);
    const stop = new AbortController();
    const kill = new AbortController();
    const running = run(store, [trial!], { stop: stop.signal, kill: kill.signal });
    await until(() => workDone(store, id).steps >= 1);
    stop.abort();
    const { steps } = workDone(store, id);
    await until(() => workDone(store, id).steps >= steps + 2);
    kill.abort();
    assertEquals((await running).stopped, [id]);
    assert(!isTrialRunning(store.runFolder(id)));
  }));

/** A log that nothing can be written to: every write says that the disk is full. */
function fillDisk(store: Store, id: string, file: string): void {
  Deno.mkdirSync(store.runFolder(id), { recursive: true });
  Deno.symlinkSync("/dev/full", join(store.runFolder(id), file));
}

// Only Linux has a device that is always full.
const ignore = Deno.build.os !== "linux";

Deno.test(
  { name: "execute() stops everything with one message where the disk is full", ignore },
  async (t) => {
    for (const [who, file] of [["the log of a child", "log.jsonl"], ["a child", "work.txt"]]) {
      await t.step(who!, () =>
        withFolder(async (data) => {
          const store = openStore({ data });
          const [first, ...others] = trialsOf("slow", 4);
          fillDisk(store, trialId(first!), file!);
          const started: string[] = [];
          const result = await run(store, [first!, ...others], {
            onStart: ({ id }) => started.push(id),
          });
          assert(
            result.halted!.includes(data) && result.halted!.includes("is full"),
            result.halted,
          );
          assertEquals([result.done, result.failed], [[], []]);
          assertEquals(result.stopped.sort(), [first!, ...others].map(trialId).sort());
          // Those after the first two were not even begun.
          assertEquals(started.length, 2);
        }));
    }
  },
);

Deno.test("execute() stops everything with one message where the disk has no room for a folder", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const trials = trialsOf("slow", 4);
    const makeFolder = Deno.mkdirSync;
    Deno.mkdirSync = (path, options) => {
      if (!String(path).includes(trialId(trials[0]!))) return makeFolder(path, options);
      throw new Error(`No space left on device (os error 28): mkdir '${path}'`);
    };
    try {
      const result = await run(store, trials);
      assert(result.halted!.includes("is full"), result.halted);
      assertEquals([result.done, result.failed, result.stopped.length], [[], [], 4]);
    } finally {
      Deno.mkdirSync = makeFolder;
    }
  }));

Deno.test("a trial that another process runs is said to be that process's", () =>
  withFolder((data) => {
    const folder = join(data, "trial");
    const lock = lockTrial(folder);
    const { holder, message } = assertThrows(() => lockTrial(folder), TrialBusyError);
    assert(holder!.startsWith(`process ${Deno.pid} on ${Deno.hostname()} since 2`), holder);
    assert(message.includes(holder!), message);
    lock.release();
    const [task] = tasksOf([{ trial: exampleTrial(), stages }], { store: openStore({ data }) });
    const said: string[] = [];
    const startProgress = () => ({ update() {}, finish() {} });
    const display = showExecution([task!], { startProgress, log: (line) => said.push(line) });
    display.onEvent(task!, { event: "busy", holder: holder! });
    assert(said[0]!.includes(`another process runs it (${holder}), waiting`), said[0]);
  }));

Deno.test("where files cannot be locked no trial runs, and the message says what to do", () =>
  withFolder((data) => {
    const folder = join(data, "trial");
    lockTrial(folder).release();
    const { tryLockSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLockSync = () => {
      throw new Error("Function not implemented (os error 38)");
    };
    try {
      const message = "choose another --data";
      assertThrows(() => lockTrial(folder), Error, `Cannot lock files in ${folder}`);
      assertThrows(() => isTrialRunning(folder), Error, message);
      assertThrows(() => requireWritable(data), UsageError, message);
      assertEquals([...Deno.readDirSync(join(data, "runs"))], []);
    } finally {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    }
    requireWritable(data);
  }));

Deno.test("a trial that is only looked at is not taken for one that runs", () =>
  withFolder((data) => {
    const folder = join(data, "trial");
    lockTrial(folder).release();
    // As isTrialRunning() holds it, for a moment.
    const looking = Deno.openSync(join(folder, "lock"), { read: true });
    assert(looking.tryLockSync(false));
    assertThrows(() => lockTrial(folder), TrialBusyError);
    looking.close();
    lockTrial(folder).release();
    assert(!isTrialRunning(folder));
  }));

Deno.test("A child stops at its next step when its parent is gone", () =>
  withFolder(async (data) => {
    const store = openStore({ data });
    const [trial] = trialsOf("slow", 1);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script.href, "--data", data],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify({ trial, stages }) + "\n"));
    await until(() => workDone(store, trialId(trial!)).steps >= 1);
    await writer.close();
    assertEquals((await child.status).code, 130);
  }));
