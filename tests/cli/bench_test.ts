/** The benchmark's command line, with a PyTorch that answers 2 ms to everything. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { disturbance } from "../bench/compare.ts";
import { watchOthers } from "../bench/load.ts";
import { memoryNames } from "../bench/peak_memory.ts";
import { StoredRows } from "../bench/stored_rows.ts";
import {
  describeAttacks,
  describeCosts,
  describeMemory,
  describePaces,
  describeTimes,
} from "../bench/tables.ts";
import { leastTime, median } from "../bench/time_case.ts";

const BENCH = fileURLToPath(new URL("../../lib/cli/bench.ts", import.meta.url));
const ANSWERS = `#!/bin/sh
echo '{"torch": "2.0.0"}'
while read -r line; do echo '{"milliseconds": 2, "variant": "its own way"}'; done
`;

async function bench(folder: string, ...args: string[]) {
  return await benchBeside(ANSWERS, folder, ...args);
}

/** With another Python, a shell script. */
async function benchBeside(answers: string, folder: string, ...args: string[]) {
  const python = `${folder}/python`;
  await Deno.writeTextFile(python, answers, { mode: 0o755 });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", BENCH, "--python", python, ...args],
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

async function inFolder(action: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("bench prints a table and writes the rows that --only names to --json", () =>
  inFolder(async (folder) => {
    const json = `${folder}/bench.json`;
    const only = ["--only", "infer/mlp", "loss/{ce,mm}/128x10"];
    const { code, stdout } = await bench(folder, ...only, "--rounds", "1", "--json", json);
    assertEquals(code, 0);
    assertMatch(stdout, /^row +ours ms +PyTorch ms +ratio +PyTorch's way$/m);
    assertMatch(stdout, /^infer\/mlp +[\d.]+ +2\.00 +([\d.]+ +its own way|- +disturbed: .*)$/m);
    const rows = JSON.parse(await Deno.readTextFile(json));
    assertEquals(
      rows.map(({ name }: { name: string }) => name),
      ["infer/mlp", "loss/ce/128x10", "loss/mm/128x10"],
    );
    for (const row of rows) {
      const { disturbed: _, ...numbers } = row;
      assertEquals(Object.keys(numbers), ["name", "oursMs", "pytorchMs", "ratio", "firstSeconds"]);
      assert(row.oursMs > 0);
      assertEquals([row.pytorchMs, row.ratio], [2, row.oursMs / 2]);
    }
  }));

Deno.test("bench --missing leaves out what the file has, but for disturbed rows, and keeps the others", () =>
  inFolder(async (folder) => {
    const json = `${folder}/bench.json`;
    const kept = { name: "infer/mlp", oursMs: 1, pytorchMs: 4, ratio: 0.25 };
    const other = { name: "train/lenet", oursMs: 3, pytorchMs: 4, ratio: 0.75 };
    const lost = { ...kept, name: "loss/ce/128x10", disturbed: "its rounds disagree" };
    await Deno.writeTextFile(json, JSON.stringify([kept, other, lost]));
    const flags = ["--only", "infer/mlp", "loss/ce/128x10", "--rounds", "1", "--missing"];
    const { code, stdout } = await bench(folder, ...flags, "--json", json, "--compile");
    assertEquals(code, 0);
    assert(!stdout.includes("infer/mlp"), stdout);
    const [first, second, third, ...more] = JSON.parse(await Deno.readTextFile(json));
    assertEquals([first, second, more], [kept, other, []]);
    assertEquals([third.name, third.pytorchMs, third.compiledMs], ["loss/ce/128x10", 2, 2]);
  }));

Deno.test("bench ends with 2 for --missing without a file, and for a file of something else", () =>
  inFolder(async (folder) => {
    const alone = await bench(folder, "--only", "infer/mlp", "--missing");
    assertEquals(alone.code, 2);
    assertStringIncludes(alone.stderr, "--missing needs --json");
    await Deno.writeTextFile(`${folder}/other.json`, "{}");
    const other = await bench(folder, "--only", "infer/mlp", "--json", `${folder}/other.json`);
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "holds no rows of this benchmark");
  }));

Deno.test("bench compares our steps with HEM and with cross-entropy, without PyTorch", () =>
  inFolder(async (folder) => {
    const json = `${folder}/bench.json`;
    const { code, stdout } = await bench(
      folder,
      ...["--only", "hem/mlp", "--rounds", "1", "--json", json],
    );
    assertEquals(code, 0);
    assertMatch(stdout, /^hem\/mlp +[\d.]+ +[\d.]+ +/m);
    const [{ hemMs, ceMs, ratio, rounds }] = JSON.parse(await Deno.readTextFile(json));
    assertEquals(ratio, hemMs / ceMs);
    assertEquals(rounds, [ratio]);
  }));

Deno.test("StoredRows puts a row in the place of an earlier one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rows.json`;
    const rows = await StoredRows.open(path);
    rows.put({ name: "a", disturbed: "by something" });
    rows.put({ name: "b" });
    assertEquals([rows.has("a"), rows.has("b"), rows.has("c")], [false, true, false]);
    rows.put({ name: "a" });
    const again = await StoredRows.open(path);
    assertEquals([again.has("a"), again.has("b")], [true, true]);
  }));

Deno.test("memoryNames() are those of training steps and of losses per pixel", () => {
  const names = ["train/mlp", "infer/mlp", "loss/ce/128x10", "loss/ce/4x512x1024x19"];
  assertEquals(
    memoryNames(names.map((name) => ({ name }))),
    ["memory/train/mlp", "memory/loss/ce/4x512x1024x19"],
  );
});

Deno.test("describeCosts() shows what HEM's step costs", () => {
  const text = describeCosts([
    { name: "hem/mlp", hemMs: 2.1, ceMs: 2, ratio: 1.05, rounds: [1.05] },
  ]);
  assertMatch(text, /^hem\/mlp +2\.10 +2\.00 +1\.050$/m);
});

Deno.test("describeTimes() shows torch.compile's column where a row has it", () => {
  const row = {
    name: "train/mlp",
    oursMs: 1,
    pytorchMs: 2,
    ratio: 0.5,
    firstSeconds: 0.1,
    variant: "loop",
  };
  const text = describeTimes([
    { ...row, compiledMs: 1.25, compileSeconds: 12 },
    { ...row, name: "infer/mlp" },
  ]);
  assertMatch(text, /^train\/mlp +1\.00 +2\.00 +0\.50 +loop +1\.25 +0\.80 +12\.0$/m);
  assertMatch(text, /^infer\/mlp +1\.00 +2\.00 +0\.50 +loop +- +- +-$/m);
});

Deno.test("bench ends with 2 and the list of rows when --only names nothing", () =>
  inFolder(async (folder) => {
    const { code, stderr } = await bench(folder, "--only", "train/nothing");
    assertEquals(code, 2);
    assertStringIncludes(stderr, '"train/nothing" names no row');
    assertStringIncludes(stderr, "train/lenet");
  }));

Deno.test("bench ends with 2 before it measures when --json cannot be written", () =>
  inFolder(async (folder) => {
    const { code, stderr } = await bench(folder, "--json", `${folder}/none/bench.json`);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "cannot be written");
  }));

Deno.test("bench ends with 2 and says why when Python has no PyTorch", () =>
  inFolder(async (folder) => {
    const python = `${folder}/broken`;
    await Deno.writeTextFile(python, "#!/bin/sh\necho No module named torch >&2\n", {
      mode: 0o755,
    });
    const { code, stderr } = await bench(folder, "--only", "infer/mlp", "--python", python);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "No module named torch");
  }));

Deno.test("describeTimes() counts the rows at the goal", () => {
  const row = { name: "train/mlp", pytorchMs: 2, firstSeconds: 0.1, variant: "" };
  const text = describeTimes([
    { ...row, oursMs: 1.8, ratio: 0.9 },
    { ...row, oursMs: 1.81, ratio: 0.905, firstSeconds: 1.26, name: "train/swin_v2_t" },
  ]);
  assertStringIncludes(
    text,
    "our first steps, recorded and compiled: at most 1.3 s (train/swin_v2_t)",
  );
  assertStringIncludes(text, "1 of 2 rows at 0.9 or less");
  assertMatch(text, /^train\/mlp +1\.80 +2\.00 +0\.90$/m);
});

Deno.test("describeTimes() counts a disturbed row for nothing", () => {
  const row = {
    ...{ name: "train/mlp", oursMs: 1, pytorchMs: 2, ratio: 0.5, variant: "" },
    firstSeconds: 0.1,
  };
  const text = describeTimes([row, { ...row, disturbed: "its rounds disagree" }]);
  assertStringIncludes(text, "1 of 1 rows at 0.9 or less; 1 disturbed");
  assertMatch(text, /^train\/mlp +1\.00 +2\.00 +- +disturbed: its rounds disagree$/m);
});

Deno.test("disturbance() is rounds that disagree, or a busy machine", () => {
  assertEquals(disturbance([0.9, 1, 1.05], 0), undefined);
  assertEquals(disturbance([0.9, 1, 1.05], undefined), undefined);
  assertStringIncludes(disturbance([0.8, 1, 1.05], 0)!, "its rounds disagree, 0.80 to 1.05");
  // One round of five on either side may be an accident.
  assertEquals(disturbance([0.2, 1, 1, 1, 3], 0), undefined);
  assertStringIncludes(disturbance([0.02, 0.22, 1, 1, 3], 0)!, "0.22 to 1.00");
  assertStringIncludes(disturbance([1, 1, 1], 0.8)!, "something else, on 0.8 processors");
});

Deno.test("watchOthers() sees another process at work, and leaves out those that are named", async () => {
  const others = new Deno.Command(Deno.execPath(), { args: ["eval", "while (true);"] }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const withIt = watchOthers([Deno.pid]);
  const withoutIt = watchOthers([Deno.pid, others.pid]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const [all, rest] = [withIt(), withoutIt()];
  others.kill("SIGKILL");
  await others.status;
  if (all === undefined) return;
  assert(all > rest! + 0.02, `${all} processors with it, ${rest} without`);
});

Deno.test("describeMemory() shows megabytes and their ratio", () => {
  const row = { name: "memory/train/lenet", oursMB: 500, pytorchMB: 1000, ratio: 0.5 };
  assertMatch(describeMemory([row]), /^memory\/train\/lenet +500 +1000 +0\.50$/m);
});

Deno.test("median() is the middle value, or the mean of the middle two", () => {
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(median([4, 1, 3, 2]), 2.5);
});

Deno.test("leastTime() takes two steps where one takes longer than it may", () => {
  let steps = 0;
  const least = leastTime(() => void steps++, 0);
  assertEquals(steps, 2);
  assert(least >= 0 && least < 1000);
});

Deno.test("describePaces() shows steps per second of both sides", () => {
  const text = describePaces([
    { name: "continual/ewc_permuted_mnist", ours: 120, avalanche: 8, ratio: 15 },
  ]);
  assertMatch(text, /^continual\/ewc_permuted_mnist +120 +8\.00 +15\.0$/m);
});

Deno.test("describeAttacks() shows images per second of both sides, in all and attack by attack", () => {
  const text = describeAttacks([{
    name: "autoattack/lenet_l2",
    ours: 20,
    torchattacks: 10,
    ratio: 2.04,
    allSteps: 16,
    allStepsRatio: 1.6,
    robust: [0.25, 0.24],
    attacks: [{ attack: "square", ours: 30, torchattacks: 20 }],
  }]);
  assertMatch(
    text,
    /^autoattack\/lenet_l2 +20\.0 +10\.0 +2\.04 +16\.0 +1\.60 +25\.0 % \/ 24\.0 %$/m,
  );
  assertMatch(text, /^ {2}square +30\.0 +20\.0 +1\.50$/m);
});

// Ours attacks as in any other run; the other side's answer is this one's.
const ATTACKED = `#!/bin/sh
echo '{"seconds": [1, 2, 0, 5], "robust": 0.5}'
`;

Deno.test("bench compares AutoAttack's images per second with torchattacks'", () =>
  inFolder(async (folder) => {
    const json = `${folder}/bench.json`;
    const flags = ["--only", "autoattack/lenet_linf", "--rounds", "1", "--json", json];
    const { code } = await benchBeside(ATTACKED, folder, ...flags);
    assertEquals(code, 0);
    const [row] = JSON.parse(await Deno.readTextFile(json));
    // Of 2000 images, in the seconds of all attacks.
    assertEquals(row.torchattacks, 2000 / 8);
    // The ratio is of seconds, so its last digit may differ.
    assertAlmostEquals(row.ratio, row.ours / row.torchattacks, 1e-12);
    // At this epsilon hardly one is left.
    assert(row.robust[0] < 0.1);
    assertEquals(row.robust[1], 0.5);
    assertEquals(row.attacks[0].attack, "apgd-ce");
    assertEquals(row.attacks[0].torchattacks, 2000);
  }));

Deno.test("bench ends with 2 when rows of continual learning are asked for without avalanche-lib", () =>
  inFolder(async (folder) => {
    // Relative paths start where the user stands.
    const { code, stderr } = await bench(
      folder,
      ...["--only", "continual/ewc*", "--avalanche", "./none", "--rounds", "1"],
    );
    assert(code !== 0);
    assertStringIncludes(stderr, resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), "none"));
  }));
