/** What README shows is compiled and run: in a fresh copy of this project, and in another project that imports it. */
import { assert, assertEquals } from "@std/assert";
import {
  copyProject,
  makeOtherProject,
  type OtherProject,
  projectFolder,
} from "./other_project.ts";

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
