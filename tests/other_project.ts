/** Another project, in a folder of its own, that imports this one as README tells. */
import { cp } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";

/** This project's folder, with a slash at the end. */
export const projectFolder = fromFileUrl(new URL("../", import.meta.url));

/** A program's end, and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder. */
export interface OtherProject extends AsyncDisposable {
  readonly folder: string;
  /** How its files import this project's: a relative path without a slash at the end. */
  readonly path: string;
  /** Runs Deno in it. */
  deno(...args: string[]): Promise<Ended>;
}

/**
 * Makes a project with this one's `imports`, and its lock file, so that nothing is asked of a registry.
 *
 * @param nodeModulesDir Where its npm packages lie: in its own `node_modules`, or in Deno's cache
 */
export async function makeOtherProject(
  { nodeModulesDir = "auto" }: { nodeModulesDir?: "auto" | "none" } = {},
): Promise<OtherProject> {
  // A real path, or the relative one would start from elsewhere.
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "other project " }));
  const { imports } = JSON.parse(await Deno.readTextFile(`${projectFolder}deno.json`));
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ nodeModulesDir, imports }));
  await Deno.copyFile(`${projectFolder}needs-deno-2.9.lock`, `${folder}/deno.lock`);
  return projectIn(folder, relative(folder, projectFolder));
}

/**
 * Copies what this project's programs need into a temporary folder, as a fresh clone has it: nothing is set up there but
 * TensorFlow's libraries, which would be downloaded.
 */
export async function copyProject(): Promise<OtherProject> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "fresh copy " }));
  for (const part of ["deno.json", "needs-deno-2.9.lock", "lib", "data/paper", "tests/stand_in"]) {
    await cp(`${projectFolder}${part}`, `${folder}/${part}`, { recursive: true });
  }
  await Deno.mkdir(`${folder}/.runtime`);
  for await (const { name } of Deno.readDir(`${projectFolder}.runtime`)) {
    if (!/^tensorflow-[\d.]+-(cpu|cuda)$/.test(name)) continue;
    await Deno.symlink(`${projectFolder}.runtime/${name}`, `${folder}/.runtime/${name}`);
  }
  return projectIn(folder, ".");
}

function projectIn(folder: string, path: string): OtherProject {
  return {
    folder,
    path,
    async deno(...args) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        cwd: folder,
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: decode(stdout), stderr: decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
