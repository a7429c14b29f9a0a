import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { dirname } from "node:path";
import {
  type Addon,
  addonFor,
  isBuilt,
  isLinked,
  linkAddon,
  sealAddon,
} from "../../lib/runtime/addon.ts";
import {
  hostPlatform,
  installedTensorFlow,
  needSpace,
  TENSORFLOW_VERSION,
} from "../../lib/runtime/mod.ts";

const PROJECT = new URL("../../", import.meta.url);

/** Sets up TensorFlow in an empty folder, in a process with other variables, and returns its only line of stderr. */
async function setUpFails(
  env: Record<string, string>,
  runtime?: string,
): Promise<string> {
  const folder = await Deno.makeTempDir();
  const script = `import { ensureTensorFlow } from "./lib/runtime/mod.ts";
    try { await ensureTensorFlow("cpu", ${
    JSON.stringify({ runtime: runtime ?? folder, package: `${folder}/package` })
  }); }
    catch (error) { console.log(error.message); }`;
  try {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      cwd: PROJECT,
      env,
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ensureTensorFlow() asks for Python when there is none", async () => {
  assertStringIncludes(await setUpFails({ PATH: "" }), "no python3 was found on PATH");
});

Deno.test("ensureTensorFlow() says that the index cannot be reached when there is no network", async () => {
  const message = await setUpFails({
    // Nothing listens on the discard port.
    PIP_INDEX_URL: "http://127.0.0.1:9/simple",
    PIP_RETRIES: "1",
    PIP_FIND_LINKS: "",
    PIP_CONFIG_FILE: "/dev/null",
  });
  assertStringIncludes(message, "tensorflow");
  assertStringIncludes(message, "the package index cannot be reached");
});

Deno.test("ensureTensorFlow() names the folder when it cannot be written", async () => {
  const message = await setUpFails({}, "/dev/null/runtime");
  assertStringIncludes(message, "The folder /dev/null/runtime must be writable");
});

Deno.test("needSpace() says what is needed and what is free", async () => {
  const folder = await Deno.makeTempDir();
  await needSpace(folder, 0, "Nothing");
  const error = await needSpace(folder, 1e12, "Everything").then(() => undefined, (e) => e);
  assertStringIncludes(error.message, "Everything needs 1000000000000 MB");
  await Deno.remove(folder);
});

/** A copy of the npm package and an installation of TensorFlow, as far as their files' sizes tell. */
async function fakeInstallation(runtime: string): Promise<{ runtime: string; package: string }> {
  const folder = `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`;
  const { framework, tensorflow } = hostPlatform().libraries;
  await Deno.mkdir(`${folder}/tensorflow`, { recursive: true });
  await Deno.mkdir(`${runtime}/package/binding`, { recursive: true });
  await Deno.writeTextFile(`${runtime}/package/binding/tfjs_binding.cc`, "int main;");
  for (const name of [framework, tensorflow]) {
    await Deno.writeTextFile(`${folder}/tensorflow/${name}`, "12345");
  }
  const seal = { tensorflow: TENSORFLOW_VERSION, recipe: 1, sizes: [5, 5] };
  await Deno.writeTextFile(`${folder}/seal.json`, JSON.stringify(seal));
  return { runtime, package: `${runtime}/package` };
}

/** Writes what compiling the addon would. */
async function fakeAddon(addon: Addon) {
  await Deno.mkdir(dirname(addon.file), { recursive: true });
  await Deno.writeTextFile(addon.file, "addon");
  await sealAddon(addon);
}

Deno.test("installedTensorFlow() trusts only a whole installation", async () => {
  const runtime = await Deno.makeTempDir();
  const places = await fakeInstallation(runtime);
  const folder = `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`;
  assertEquals(installedTensorFlow("cpu", places), undefined, "no addon");
  const addon = addonFor(places.package, folder);
  await fakeAddon(addon);
  assertEquals(installedTensorFlow("cpu", places), undefined, "an addon that is not linked");
  await linkAddon(addon);
  assert(installedTensorFlow("cpu", places));
  assertEquals(installedTensorFlow("cuda", places), undefined);
  await Deno.writeTextFile(addon.file, "add");
  assertEquals(installedTensorFlow("cpu", places), undefined, "half an addon");
  await fakeAddon(addon);
  const library = `${folder}/tensorflow/${hostPlatform().libraries.tensorflow}`;
  await Deno.writeTextFile(library, "123");
  assertEquals(installedTensorFlow("cpu", places), undefined, "half a library");
  await Deno.remove(runtime, { recursive: true });
});

Deno.test("addonFor() is another addon for a package with other sources", async () => {
  const runtime = await Deno.makeTempDir();
  const places = await fakeInstallation(runtime);
  const folder = `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`;
  const addon = addonFor(places.package, folder);
  await fakeAddon(addon);
  await linkAddon(addon);
  assert(isLinked(addon));
  await Deno.writeTextFile(`${places.package}/binding/tfjs_binding.cc`, "int other;");
  const other = addonFor(places.package, folder);
  assert(other.file !== addon.file);
  assertEquals([isBuilt(other), isLinked(other)], [false, false]);
  await Deno.remove(`${places.package}/binding`, { recursive: true });
  assertThrows(() => addonFor(places.package, folder), Error, "sources of TensorFlow.js's addon");
  await Deno.remove(runtime, { recursive: true });
});

Deno.test("linkAddon() keeps an addon that the package's own install script downloaded", async () => {
  const runtime = await Deno.makeTempDir();
  const places = await fakeInstallation(runtime);
  const addon = addonFor(places.package, `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`);
  await fakeAddon(addon);
  await Deno.mkdir(dirname(addon.link), { recursive: true });
  await Deno.writeTextFile(addon.link, "downloaded");
  await linkAddon(addon);
  assertEquals(await Deno.readTextFile(addon.link), "addon");
  assertEquals(await Deno.readTextFile(`${addon.link}.original`), "downloaded");
  await Deno.remove(runtime, { recursive: true });
});
