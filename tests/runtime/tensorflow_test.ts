import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { needSpace } from "../../lib/runtime/mod.ts";

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

Deno.test("installedTensorFlow() trusts only a whole installation", async () => {
  const { hostPlatform, installedTensorFlow, TENSORFLOW_VERSION } = await import(
    "../../lib/runtime/mod.ts"
  );
  const runtime = await Deno.makeTempDir();
  const places = { runtime, package: `${runtime}/package` };
  const folder = `${runtime}/tensorflow-${TENSORFLOW_VERSION}-cpu`;
  const { framework, tensorflow } = hostPlatform().libraries;
  await Deno.mkdir(`${folder}/tensorflow`, { recursive: true });
  await Deno.mkdir(`${places.package}/lib/napi-v8`, { recursive: true });
  for (const path of [`tensorflow/${framework}`, `tensorflow/${tensorflow}`, "tfjs_binding.node"]) {
    await Deno.writeTextFile(`${folder}/${path}`, "12345");
  }
  await Deno.symlink(
    `${folder}/tfjs_binding.node`,
    `${places.package}/lib/napi-v8/tfjs_binding.node`,
  );
  assertEquals(installedTensorFlow("cpu", places), undefined);
  const seal = { tensorflow: TENSORFLOW_VERSION, recipe: 1, sizes: [5, 5, 5] };
  await Deno.writeTextFile(`${folder}/seal.json`, JSON.stringify(seal));
  assert(installedTensorFlow("cpu", places));
  await Deno.writeTextFile(`${folder}/tensorflow/${tensorflow}`, "123");
  assertEquals(installedTensorFlow("cpu", places), undefined);
  assertEquals(installedTensorFlow("cuda", places), undefined);
  await Deno.remove(runtime, { recursive: true });
});
