/** What README shows is compiled and run: in a fresh copy of this project, and in another project that imports it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { planOf } from "../lib/reproduction/mod.ts";
import type { Scale } from "../lib/trials/mod.ts";
import {
  copyProject,
  makeOtherProject,
  type OtherProject,
  projectFolder,
} from "./other_project.ts";
import { withFolder } from "./with_folder.ts";

const readme = await Deno.readTextFile(`${projectFolder}README.md`);
const { tasks } = JSON.parse(await Deno.readTextFile(`${projectFolder}deno.json`));

/** The programs that README shows. */
const programs = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => code!);

async function compileAndRun(project: OtherProject) {
  assert(programs.length >= 3);
  const files: string[] = [];
  for (const [i, code] of programs.entries()) {
    files.push(`readme_${i + 1}.ts`);
    await Deno.writeTextFile(
      `${project.folder}/${files[i]}`,
      code.replaceAll('"./lib/', `"${project.path}/lib/`),
    );
  }
  const checked = await project.deno("check", "--quiet", ...files);
  assertEquals(checked.code, 0, checked.stderr);
  for (const file of files) {
    const { code, stderr } = await project.deno("run", "-A", "--quiet", file);
    assertEquals(code, 0, `${file}: ${stderr}`);
  }
}

Deno.test("README's programs compile and run in a fresh copy of this project", async () => {
  await using project = await copyProject();
  await compileAndRun(project);
});

Deno.test("README's programs compile and run in another project", async () => {
  await using project = await makeOtherProject();
  await compileAndRun(project);
});

Deno.test("README's commands are tasks of deno.json, with flags that they know", async () => {
  const commands = Array.from(
    readme.matchAll(/deno(?:@2)? task ([a-z-]+)((?: (?!#)[^\s`|]+)*)/g),
    ([, task, rest]) => ({ task: task!, flags: rest!.match(/--[a-z-]+/g) ?? [] }),
  ).concat(
    Array.from(
      readme.matchAll(/`([a-z-]+) ((?:<?[\w./*"-]+>? )*--[a-z-][^`]*)`/g),
      ([, task, rest]) => ({ task: task!, flags: rest!.match(/--[a-z-]+/g) ?? [] }),
    ).filter(({ task }) => task in tasks),
  );
  assert(commands.length > 10);
  const helps = new Map<string, string>();
  for (const { task, flags } of commands) {
    assert(task in tasks, `deno task ${task}`);
    const script = tasks[task].command.match(/&& deno run -A (lib\/cli\/\w+\.ts)$/)?.[1];
    if (!script) {
      assertEquals(flags, []);
      continue;
    }
    if (!helps.has(task)) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", script, "--help"],
        cwd: projectFolder,
      }).output();
      helps.set(task, new TextDecoder().decode(stdout));
    }
    for (const flag of flags) assert(helps.get(task)!.includes(flag), `${task} ${flag}`);
  }
});

Deno.test("README's commands that only look do what it says, in a data folder of their own", () =>
  withFolder(async (data) => {
    const lines = Array.from(readme.matchAll(/^deno task [^#\n]*/gm), ([line]) => line.trim())
      .filter((line) => /^deno task (status|gc|data|doctor)$| --(dry-run|list)\b/.test(line));
    assertEquals(lines.length, 6, lines.join("\n"));
    const path = `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`;
    for (const line of lines) {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", line],
        cwd: projectFolder,
        env: { HEM_DATA: data, PATH: path },
        stdin: "null",
      }).output();
      // Where anything is missing, doctor ends with 1.
      if (line.endsWith("doctor") && code === 1) continue;
      assertEquals(code, 0, `${line}: ${new TextDecoder().decode(stderr)}`);
    }
    assertEquals(Array.from(Deno.readDirSync(data), ({ name }) => name), []);
  }));

Deno.test("README names the flags with which evaluate measures as the trials of each scale", () => {
  const flagsAt = (scale: Scale) =>
    new Set(
      planOf("5.1", scale).map(({ trial: { dataset }, stages }) => {
        const { settings } = stages.find(({ name }) => name === "attack")!;
        const count = dataset.testCount === undefined ? "" : `--test-count ${dataset.testCount} `;
        return `\`${count}--attack-images ${settings.images}\``;
      }),
    );
  const [preview, short] = [flagsAt("preview"), flagsAt("short")].map((flags) => [...flags].join());
  assertStringIncludes(
    readme.replaceAll(/\s+/g, " "),
    `figures at the preview's scale take ${preview}, those at scale \`short\` ${short}.`,
  );
});
