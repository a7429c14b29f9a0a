import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command } from "../../lib/cli/command.ts";
import { addTrialFlags } from "../../lib/cli/trial_options.ts";
import { FROST_TEXTURES } from "../../lib/datasets/mod.ts";
import { planOf } from "../../lib/reproduction/mod.ts";
import { isFile } from "../../lib/files/mod.ts";
import { flagsOf } from "../../lib/reproduction/reproduce.ts";
import { isTrialRunning, openStore, stageKey, trialId } from "../../lib/trials/mod.ts";
import { workDone } from "../trials/examples.ts";
import { withFolder } from "../with_folder.ts";

const program = new URL("./fake_reproduce.ts", import.meta.url);
const status = new URL("../../lib/cli/status.ts", import.meta.url);

interface Ended {
  code: number;
  output: string;
}

function start(
  args: string[],
  { script = program, steps = 2, env = {} } = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script.href, ...args],
    env: { FAKE_STEPS: String(steps), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

const run = (args: string[], options = {}) => ended(start(args, options));

/** Runs it as a notebook's cell does, and returns all that the cell sees of it; `isAsleep`: it does not show. */
async function runInCell(
  args: string[],
  folder: string,
  { isAsleep = () => false, ...options }: { isAsleep?: () => boolean; steps?: number } = {},
): Promise<{ lines: string[]; end: { ok: boolean; message: string } }> {
  let looks = 0;
  const alive = join(folder, "alive");
  const touch = () => isAsleep() || Deno.writeTextFileSync(alive, String(looks++));
  touch();
  const timer = setInterval(touch, 100);
  await run([...args, "--watched", folder], { ...options, env: { FAKE_LAST_STEP: alive } });
  clearInterval(timer);
  return JSON.parse(Deno.readTextFileSync(join(folder, "state.json")));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const mlp = planOf("5.1", "smoke").map(({ trial }) => trial)
  .filter(({ network }) => network.name === "mlp").map(trialId);

Deno.test("reproduce ends with code 2 and says why when a flag is wrong", () =>
  withFolder(async (data) => {
    const file = join(data, "file");
    Deno.writeTextFileSync(file, "");
    const wrong: [args: string[], message: string][] = [
      [["--foo"], "unknown option '--foo'"],
      [["extra"], "too many arguments"],
      [["--trials", "0"], "--trials"],
      [["--trials", "1.5"], "--trials"],
      [["--jobs", "x"], "--jobs"],
      [["--jobs", "-1"], "--jobs"],
      [["--micro-batch", "0"], "--micro-batch"],
      [["--scale", "big"], "smoke, preview, short, paper"],
      [["--section", "9.9"], "5.1 (Learning with standard data sets)"],
      [["--only", "mnist/*/nothing"], "Conditions: mnist/lenet"],
      [["--only", "mnist/*/hem", "nothing"], '"nothing" names nothing'],
      [["--only", "mnist/mlp/hem", "--data", file], `${file} is a file: name a folder`],
      [["--only", "mnist/mlp/hem", "--data", "/proc/none"], "Cannot write to /proc/none"],
      [["--section", "5.3", "--scale", "preview", "--only", "*cifar*/*/hem", "--data", data], "."],
      [["--only", "imagenet/*/hem", "--shard", "1/8"], "choose another --scale or --only"],
      [["--only", "mnist/mlp/hem", "--json"], "--json goes with --dry-run"],
      [["--shard", "3/2"], "i from 1 to n"],
      [["--shard", "0/2"], "i from 1 to n"],
      [["--shard", "1/2/3"], "i from 1 to n"],
      [["--shard", `1/${"9".repeat(20)}`], "i from 1 to n"],
    ];
    for (const [args, message] of wrong) {
      const { code, output } = await run(args);
      assertEquals([code, args], [2, args]);
      assert(output.includes(message), `${args}: ${output}`);
      assert(!output.includes("    at "), `a stack for ${args}: ${output}`);
    }
    assertEquals(Array.from(Deno.readDirSync(data), (entry) => entry.name), ["file"]);
  }));

Deno.test("reproduce --dry-run prints the plan and creates nothing", () =>
  withFolder(async (data) => {
    const args = [
      "--section",
      "5.1",
      "--scale",
      "smoke",
      "--only",
      "*/mlp/*",
      "--dry-run",
      "--data",
      data,
    ];
    const text = await run(args);
    assertEquals(text.code, 0, text.output);
    // 238,800 multiplications an image, 6 FLOPs each, 512 images once.
    for (const part of ["mnist/mlp", "5 x 1", "1 x 128", "478 k", "734 M", "FLOP/s"]) {
      assert(text.output.includes(part), `${part}: ${text.output}`);
    }
    const { code, output } = await run([...args, "--json"]);
    assertEquals(code, 0);
    const { tasks, conditions, device } = JSON.parse(output);
    assertEquals(tasks.map(({ id }: { id: string }) => id).sort(), [...mlp].sort());
    assertEquals(conditions[0].network.parameters, 239_410);
    assert(device.flopsPerSecond > 1e8);
    assertEquals([...Deno.readDirSync(data)], []);
  }));

Deno.test("reproduce --dry-run says what waits for which data, and what it costs", () =>
  withFolder(async (data) => {
    const only = ["--only", "cifar10/mobilenet_v3_small/*"];
    const { code, output } = await run([
      "--section",
      "5.1",
      "--scale",
      "paper",
      ...only,
      "--dry-run",
      "--data",
      data,
    ]);
    assertEquals(code, 0, output);
    const parts = ["4.34 M", "71.6 T", "waits for data", "deno task data download cifar10"];
    for (const part of [...parts, "cifar-10-binary.tar.gz"]) {
      assert(output.includes(part), `${part}: ${output}`);
    }
    assertEquals([...Deno.readDirSync(data)], []);
  }));

Deno.test("reproduce ends with code 3 where all that was asked for waits for data", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "paper", "--only", "cifar10/*/hem"];
    const { code, output } = await run([...args, "--data", data]);
    assertEquals(code, 3, output);
    for (const part of ["can run yet", "deno task data download cifar10"]) {
      assert(output.includes(part), output);
    }
  }));

Deno.test("reproduce ends with code 3 where the scenes of segmentation are not on this machine", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.4", "--scale", "short", "--only", "camvid/*/hem"];
    const { code, output } = await run([...args, "--data", data]);
    assertEquals(code, 3, output);
    assertStringIncludes(output, "CamVid is not on this machine");
  }));

Deno.test("reproduce --list prints each trial of a plan with its state", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/*", "--data", data];
    await run([...args.slice(0, 5), "mnist/mlp/hem", "--data", data]);
    const store = openStore({ data });
    const [ce, dice] = ["-ce-", "-dice-"].map((part) => mlp.find((id) => id.includes(part))!);
    Deno.mkdirSync(store.runFolder(dice!), { recursive: true });
    Deno.writeTextFileSync(join(store.runFolder(dice!), "checkpoint.safetensors"), "");
    // As a stage keeps what it is half through with, such as continual learning its checkpoints.
    const other = planOf("5.1", "smoke").find(({ trial }) =>
      mlp.includes(trialId(trial)) && !["hem", "ce", "dice"].includes(trial.loss.name)
    )!;
    const scratch = join(store.runFolder(trialId(other.trial)), stageKey(other.stages[0]!));
    Deno.mkdirSync(scratch, { recursive: true });
    Deno.writeTextFileSync(join(scratch, "experience_1.safetensors"), "");
    const { code, output } = await run([...args, "--list", "--json"]);
    assertEquals(code, 0, output);
    const listed: { id: string; state: string }[] = JSON.parse(output);
    const stateOf = (id: string) => listed.find((one) => one.id === id)?.state;
    assertEquals(listed.length, 5);
    assertEquals(stateOf(mlp.find((id) => id.includes("-hem-"))!), "done");
    assertEquals([stateOf(ce!), stateOf(dice!)], ["to do", "interrupted"]);
    assertEquals(stateOf(trialId(other.trial)), "interrupted");
    const text = await run([...args, "--list"]);
    assert(text.output.includes("5 trials: 1 done, 2 to do, 2 interrupted."), text.output);
  }));

Deno.test("reproduce says why there is no trial where all that was asked for is no part of the scale", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "short", "--only", "mnist/*/hem", "--data", data];
    const why = "5.1 mnist/lenet, mnist/convnet, mnist/mlp: no part of scale short";
    const list = await run([...args, "--list"]);
    assertEquals(list.code, 0, list.output);
    assertStringIncludes(list.output, `No trials.\n${why}`);
    const { end } = await runInCell(args, data);
    assertEquals(end.ok, false);
    assertStringIncludes(end.message, why);
  }));

Deno.test("reproduce in a notebook's cell names the data that conditions wait for, and runs the others", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "paper", "--trials", "1", "--data", data];
    const only = ["--only", "mnist/mlp/hem", "cifar10/resnet32/hem"];
    const { end, lines } = await runInCell([...args, ...only], data);
    assert(end.ok, end.message);
    const line = lines.find((line) => line.includes("5.1 cifar10/resnet32: "));
    assertStringIncludes(line ?? "", "deno task data download cifar10");
  }));

Deno.test("a notebook's cell is told that its trials were stopped, though it shows again", () =>
  withFolder(async (data) => {
    const id = mlp.find((id) => /-ce-/.test(id))!;
    const work = join(openStore({ data }).runFolder(id), "work.txt");
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/ce", "--data", data];
    const { end } = await runInCell(args, data, {
      steps: 100_000,
      // From the trial's start until it is told to stop.
      isAsleep: () => isFile(work) && !Deno.readTextFileSync(work).includes("stop\n"),
    });
    assertEquals(end.ok, false);
    assertStringIncludes(end.message, "1 are left to do, stopped while this cell did not show");
  }));

Deno.test("what a notebook's cell asks of reproduce() are flags that the command takes", () => {
  const program = addTrialFlags(command("reproduce", ""));
  const flags = flagsOf("5.1", {
    only: ["mnist/*/hem", "mnist/mlp/*"],
    scale: "smoke",
    trials: 3,
    jobs: 2,
    microBatch: 8,
    data: "/data",
    again: "all",
    shard: { index: 1, count: 4 },
  });
  assertEquals(program.parse(flags, { from: "user" }).opts(), {
    ...{ section: ["5.1"], only: ["mnist/*/hem", "mnist/mlp/*"], scale: "smoke" },
    ...{ trials: 3, jobs: 2, microBatch: 8, data: "/data", force: true },
    shard: { index: 1, count: 4 },
  });
  assertEquals(flagsOf("5.1", { again: "diverged" }).includes("--retry-diverged"), true);
  // @ts-expect-error The process itself finds out what is missing.
  flagsOf("5.1", { missingData: () => undefined });
});

/** A job of README's array, of a few steps; its results lie in a folder of its part's name. */
function startJob(folder: string, part: string, steps = 2): Deno.ChildProcess {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const bin = join(folder, "bin", part);
  Deno.mkdirSync(bin, { recursive: true });
  const shim = `#!/bin/sh
    shift 2
    exec "$DENO" run -A --quiet "$PROGRAM" "$@" --scale smoke --only "mnist/mlp/*" --data "$DATA"\n`;
  Deno.writeTextFileSync(join(bin, "deno"), shim, { mode: 0o755 });
  const job = join(bin, "job");
  const script = readme.match(/```sh\n(#!\/bin\/sh\n#SBATCH[^`]*)```/)![1]!;
  const [, parts] = /--array=1-(\d+)/.exec(script)!;
  assertStringIncludes(script, `/${parts}"`);
  Deno.writeTextFileSync(job, script.replaceAll(parts!, "2"));
  return new Deno.Command("sh", {
    args: [job],
    env: {
      ...{ DENO: Deno.execPath(), PROGRAM: fromFileUrl(program), DATA: join(folder, part) },
      // As where it is given again alone.
      ...{ SLURM_ARRAY_TASK_ID: part, SLURM_ARRAY_TASK_COUNT: "1", FAKE_STEPS: String(steps) },
      PATH: `${bin}:${Deno.env.get("PATH")}`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("the job of README's array stops where its own process is told that its time is up", () =>
  withFolder(async (folder) => {
    const job = startJob(folder, "1", 300);
    const store = openStore({ data: join(folder, "1") });
    await until(() => mlp.some((id) => isTrialRunning(store.runFolder(id))));
    job.kill("SIGTERM");
    const { code, output } = await ended(job);
    assertEquals(code, 143, output);
    assert(output.includes("go on from the checkpoints"), output);
  }));

Deno.test("the job array of README runs each trial once, and its parts are merged by copying", () =>
  withFolder(async (folder) => {
    const shards = ["1", "2"];
    const jobs = await Promise.all(
      shards.map((shard) => startJob(folder, shard).output()),
    );
    for (const { code, stderr } of jobs) assertEquals(code, 0, new TextDecoder().decode(stderr));
    const ran = shards.map((shard) => openStore({ data: join(folder, shard) }).read());
    const trials = ran.map((records) => new Set(records.map(({ id }) => id)));
    assertEquals([...trials[0]!, ...trials[1]!].sort(), [...mlp].sort());
    assert(trials.every(({ size }) => size >= 2), `${trials.map(({ size }) => size)}`);
    const merged = join(folder, "merged");
    for (const shard of shards) {
      await cp(join(folder, shard, "results"), join(merged, "results"), { recursive: true });
    }
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/*"];
    const { output } = await run([...args, "--list", "--data", merged]);
    assert(output.includes("5 trials: 5 done."), output);
  }));

Deno.test("reproduce --shard says how much of the plan it is, also where that is nothing", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/*", "--data", data];
    const list = await run([...args, "--shard", "2/4", "--list"]);
    assertMatch(list.output, /^Part 2\/4: [12] of 5 trials\.\ntrial /);
    const last = `${Number.MAX_SAFE_INTEGER}/${Number.MAX_SAFE_INTEGER}`;
    for (const [flags, text] of [[[], "Nothing to run."], [["--list"], "No trials."]] as const) {
      const { code, output } = await run([...args, "--shard", last, ...flags]);
      assertEquals(code, 0, output);
      assert(output.startsWith(`Part ${last}: 0 of 5 trials: there are more parts than`), output);
      assert(output.includes(text), output);
    }
  }));

Deno.test("reproduce --strict ends with code 3 where data is missing that was asked for", () =>
  withFolder(async (data) => {
    const globs = ["mnist/mlp/hem", "cifar10/resnet32/hem"];
    const args = ["--section", "5.1", "--scale", "paper", "--trials", "1", "--data", data];
    // Continual learning on MNIST measures no unknown classes: it lacks nothing.
    const continual = ["--section", "5.3", "--only", "split_mnist/replay/hem", ...args.slice(2)];
    const [lenient, strict, whole, listed] = await Promise.all([
      run([...args, "--only", ...globs]),
      run([...args, "--only", ...globs, "--strict"]),
      run([...continual, "--strict"]),
      run([...args, "--only", ...globs, "--strict", "--list"]),
    ]);
    assertEquals([lenient.code, strict.code, whole.code, listed.code], [0, 3, 0, 3]);
  }));

Deno.test("reproduce names sets of unknown classes that are missing, runs without them, and --strict counts them", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--only", "mnist/mlp/hem", "--data", data];
    const preview = [...args, "--scale", "preview"];
    const [plan, lenient, strict] = await Promise.all([
      run([...preview, "--dry-run"]),
      run([...preview, "--list"]),
      run([...preview, "--list", "--strict"]),
    ]);
    assertEquals([plan.code, lenient.code, strict.code], [0, 0, 3]);
    assertStringIncludes(lenient.output, "1 to do");
    for (const name of ["Omniglot", "KMNIST"]) {
      const line = `5.1 mnist/mlp: unknown classes are measured without a set. ${name} is not on`;
      assertStringIncludes(plan.output, line);
    }
    // Of what is trained on stand-ins nothing is missing.
    const smoke = ["--section", "5.1", "--scale", "smoke", "--only", "cifar10/*/hem"];
    assertEquals((await run([...smoke, "--data", data, "--list", "--strict"])).code, 0);
    const stored = ["--section", "5.1", "--scale", "preview", "--data", data];
    const waiting = await run(stored, { script: status });
    assert(!waiting.output.includes("Waiting for data"), waiting.output);
  }));

Deno.test("reproduce names the textures of frost where they are missing and photographs are to be corrupted", () =>
  withFolder(async (data) => {
    const line =
      "corrupted images are measured without a set. Frost textures is not on this machine";
    const only = ["--only", "cifar10/resnet32/hem"];
    const args = ["--section", "5.1", "--scale", "short", ...only, "--data", data];
    const plan = await run([...args, "--dry-run"]);
    assertStringIncludes(plan.output, `5.1 cifar10/resnet32: ${line}`);
    // The paper's plan has MNIST too, whose corruptions need none.
    const mnist = ["--section", "5.1", "--scale", "paper", "--only", "mnist/mlp/hem"];
    const digits = await run([...mnist, "--data", data, "--dry-run"]);
    assert(!digits.output.includes("Frost"), digits.output);
    for (const { name, bytes } of FROST_TEXTURES.files) {
      Deno.mkdirSync(join(data, "raw/frost"), { recursive: true });
      Deno.writeFileSync(join(data, "raw/frost", name), new Uint8Array(bytes!));
    }
    const there = await run([...args, "--dry-run"]);
    assert(!there.output.includes("Frost"), there.output);
  }));

Deno.test("reproduce --micro-batch plans other trials where a batch is larger", () =>
  withFolder(async (data) => {
    const args = [
      "--section",
      "5.1",
      "--scale",
      "smoke",
      "--only",
      "*/mlp/*",
      "--dry-run",
      "--json",
      "--data",
      data,
    ];
    const { tasks } = JSON.parse((await run([...args, "--micro-batch", "64"])).output);
    for (const { id, trial } of tasks) {
      assertEquals([trial.recipe.microBatch, mlp.includes(id)], [64, false]);
    }
  }));

Deno.test("reproduce runs what is missing, and the second time nothing", () =>
  withFolder(async (data) => {
    const args = ["--scale", "smoke", "--section", "5.1", "--data", data, "--only", "mnist/mlp/*"];
    const first = await run(args);
    assertEquals(first.code, 0, first.output);
    assert(first.output.includes("5 trials done"), first.output);
    const second = await run(args);
    assertEquals(second.code, 0);
    assert(second.output.includes("Nothing to run"), second.output);
    const store = openStore({ data });
    for (const id of mlp) assertEquals(workDone(store, id).runs, 1);
    const all = await run(["--section", "5.1", "--data", data, "--json"], { script: status });
    const [smoke] = JSON.parse(all.output);
    assertEquals([smoke.scale, smoke.trialsDone, smoke.trialsMissing], ["smoke", 5, 70]);
    // What is stored is run again where that is asked for, and what was there is kept.
    const again = await run([...args.slice(0, -1), "mnist/mlp/hem", "--force"]);
    assertEquals(again.code, 0, again.output);
    assert(again.output.includes("1 trials done"), again.output);
    const hem = mlp.filter((id) => id.includes("-hem-"));
    assertEquals(mlp.map((id) => workDone(store, id).runs), mlp.map((id) => id === hem[0] ? 2 : 1));
  }));

Deno.test("reproduce twice at once on one store never does a trial twice", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/*", "--data", data];
    const both = await Promise.all([run(args, { steps: 10 }), run(args, { steps: 10 })]);
    for (const { code, output } of both) assertEquals(code, 0, output);
    const store = openStore({ data });
    for (const id of mlp) assertEquals(workDone(store, id), { runs: 1, steps: 10 });
  }));

Deno.test("reproduce's exit code says which signal ended it", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/ce", "--data", data];
    const store = openStore({ data });
    for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
      const { steps } = workDone(store, mlp[0]!);
      const child = start(args, { steps: 4000 });
      await until(() => workDone(store, mlp[0]!).steps > steps);
      child.kill(signal);
      assertEquals((await ended(child)).code, code);
    }
  }));

Deno.test("reproduce stopped by Ctrl-C says how to go on, and goes on", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/ce", "--data", data];
    const store = openStore({ data });
    const [id] = mlp;
    const child = start(args, { steps: 400 });
    await until(() => workDone(store, id!).steps >= 3);
    // As it comes under `deno task`: from the terminal, and passed on by the task's runner.
    child.kill("SIGINT");
    child.kill("SIGINT");
    const { code, output } = await ended(child);
    assertEquals(code, 130);
    assert(output.includes("Give the same command again to go on"), output);
    assert(!output.includes("Killing"), output);
    assert(!isTrialRunning(store.runFolder(id!)));
    const { steps } = workDone(store, id!);
    assert(steps < 400);
    const again = await run(args, { steps: steps + 1 });
    assertEquals(again.code, 0, again.output);
    assertEquals(workDone(store, id!), { runs: 2, steps: steps + 1 });
  }));

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`reproduce --force ended by ${signal} goes on when it is given again, and the next one begins anew`, () =>
    withFolder(async (data) => {
      const only = ["mnist/mlp/ce", "mnist/mlp/hem", "mnist/mlp/mm"];
      const args = ["--section", "5.1", "--scale", "smoke", "--data", data, "--jobs", "1"];
      const force = [...args, "--only", ...only, "--force"];
      const store = openStore({ data });
      const ids = mlp.filter((id) => /-(ce|hem|mm)-/.test(id));
      const stepsOf = () => ids.map((id) => workDone(store, id).steps);
      const steps = 20;
      await run([...args, "--only", ...only], { steps });
      assertEquals(stepsOf(), [20, 20, 20]);
      const child = start(force, { steps });
      // One is made anew, another is under way, the third is not begun.
      await until(() =>
        stepsOf().some((count) => count === 40) &&
        stepsOf().some((count) => count > 22 && count < 40)
      );
      child.kill(signal);
      await ended(child);
      await until(() => !ids.some((id) => isTrialRunning(store.runFolder(id))));
      assert(Math.min(...stepsOf()) === 20, `${stepsOf()}`);
      const goesOn = "Goes on with the same run, which was interrupted";
      if (signal === "SIGKILL") {
        // In a cell it stands above the progress: afterwards it is no longer so.
        const { lines, end } = await runInCell(force, data, { steps });
        assert(lines.some((line) => line.includes(goesOn)), lines.join("\n"));
        assertEquals(end.message, "Section 5.1, scale smoke: 2 trials run, 1 were there.");
      } else {
        const { output } = await run(force, { steps });
        assert(output.includes(goesOn), output);
        assert(output.includes("2 trials done"), output);
      }
      assertEquals(stepsOf(), [40, 40, 40]);
      const anew = await run(force, { steps });
      assert(anew.output.includes("3 trials done"), anew.output);
      assertEquals(stepsOf(), [60, 60, 60]);
    }));
}

Deno.test("reproduce killed with SIGKILL leaves its trials to the next run", () =>
  withFolder(async (data) => {
    const args = ["--section", "5.1", "--scale", "smoke", "--only", "mnist/mlp/ce", "--data", data];
    const store = openStore({ data });
    const [id] = mlp;
    const child = start(args, { steps: 400 });
    await until(() => workDone(store, id!).steps >= 3);
    child.kill("SIGKILL");
    await ended(child);
    // Its child sees standard input closed and ends at its next step.
    await until(() => !isTrialRunning(store.runFolder(id!)));
    const { steps } = workDone(store, id!);
    const again = await run(args, { steps: steps + 1 });
    assertEquals(again.code, 0, again.output);
    assertEquals(workDone(store, id!), { runs: 2, steps: steps + 1 });
  }));
