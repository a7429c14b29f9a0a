/** A second user of a shared folder, as whom a child process runs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath as fromFileUrl } from "node:url";
import { TENSORFLOW_VERSION } from "../../lib/runtime/mod.ts";

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
