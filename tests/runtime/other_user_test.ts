/** A second user of a shared folder, as whom a child process runs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath as fromFileUrl } from "node:url";
import { openToReaders, readableError, TENSORFLOW_VERSION } from "../../lib/runtime/mod.ts";

const MODULE = new URL("../../lib/runtime/mod.ts", import.meta.url).href;
const NOBODY = 65534;

/** Runs code that becomes another user; only root can. */
async function asOther(code: string): Promise<string> {
  // It becomes that user when all modules are loaded, which may lie where the other cannot read.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", fromFileUrl(new URL("as_user.ts", import.meta.url))],
      ...[String(NOBODY), code],
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text, new TextDecoder().decode(stderr));
  return text;
}

Deno.test({
  name:
    "what another user made is neither taken for damaged nor removed, and the message says what to do",
  // Only root can make files of several users.
  ignore: Deno.uid() !== 0,
  async fn() {
    const runtime = await Deno.makeTempDir();
    await Deno.chmod(runtime, 0o755);
    const folder = `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`;
    const jupyter = `${runtime}/jupyter`;
    await Deno.mkdir(folder, { mode: 0o700 });
    await Deno.writeTextFile(`${folder}/seal.json`, "{}");
    // An environment whose Python lies in its maker's home.
    const home = `${runtime}/home`;
    await Deno.mkdir(home, { mode: 0o700 });
    await Deno.writeTextFile(`${home}/python`, "");
    await Deno.mkdir(`${jupyter}/bin`, { recursive: true });
    await Deno.symlink(`${home}/python`, `${jupyter}/bin/python`);
    const requirements = `${jupyter}/requirements.txt`;
    await Deno.writeTextFile(requirements, "a");
    await Deno.writeTextFile(`${jupyter}/installed-requirements.txt`, "a");
    for (const path of [jupyter, `${jupyter}/bin`]) await Deno.chmod(path, 0o777);

    const said = JSON.parse(
      await asOther(`
        const { installedTensorFlow, isInstalled, makeVirtualEnvironment } = await import(${
        JSON.stringify(MODULE)
      });
        const said = [];
        const attempt = async (f) => { try { said.push(await f()); } catch (e) { said.push(e.message); } };
        become();
        await attempt(() => installedTensorFlow("cpu", { runtime: ${JSON.stringify(runtime)} }));
        await attempt(() => isInstalled(${JSON.stringify(jupyter)}, ${
        JSON.stringify(requirements)
      }));
        await attempt(() => makeVirtualEnvironment({ name: "Jupyter", folder: ${
        JSON.stringify(jupyter)
      }, requirements: "", megabytes: 0, label: "" }));
        console.log(JSON.stringify(said));
      `),
    ) as string[];
    assertStringIncludes(said[0]!, `${folder} cannot be read by you`);
    assertStringIncludes(said[0]!, "chmod -R a+rX");
    assertStringIncludes(said[1]!, `${jupyter}/bin/python cannot be read by you`);
    assertStringIncludes(said[2]!, "another user made it (user 0; you are 65534)");
    assertEquals(await Deno.readTextFile(requirements), "a");
    await Deno.remove(runtime, { recursive: true });
  },
});

Deno.test("set-up lets others read the packages that come for their owner alone, in folders that others see", async () => {
  const folder = await Deno.makeTempDir();
  const modes = (paths: string[]) => paths.map((path) => Deno.statSync(path).mode! & 0o777);
  await Deno.chmod(folder, 0o755);
  const [open, closed] = [`${folder}/open`, `${folder}/closed`];
  for (const [path, mode] of [[open, 0o755], [closed, 0o700]] as const) {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/package.json`, "{}");
    await Deno.chmod(`${path}/package.json`, 0o640);
    await Deno.chmod(path, mode);
  }
  await Deno.writeTextFile(`${open}/tool`, "");
  await Deno.chmod(`${open}/tool`, 0o700);
  await openToReaders(folder);
  assertEquals(
    modes([`${open}/package.json`, `${open}/tool`, `${closed}/package.json`, closed]),
    [0o644, 0o744, 0o640, 0o700],
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what Deno says of a package that may not be read is told with what to do", () => {
  const deno = new TypeError(
    "[ERR_INVALID_PACKAGE_CONFIG] Invalid package config. Failed reading '/p/node_modules/.deno/a@1/node_modules/a/package.json'.",
  );
  const told = readableError(deno);
  assert(told instanceof Deno.errors.PermissionDenied);
  assertStringIncludes(told.message, "/p/node_modules cannot be read by you");
  assertStringIncludes(told.message, "chmod -R a+rX");
  const other = new Error("another");
  assertEquals(readableError(other), other);
});
