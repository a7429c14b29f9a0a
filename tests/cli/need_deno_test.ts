import { assert, assertEquals, assertStringIncludes } from "@std/assert";

const CHECK = new URL("../../lib/cli/need_deno.ts", import.meta.url);

/** Runs the check as a Deno of another version. */
async function checkAs(version: string) {
  const script = `Object.defineProperty(Deno, "version", { value: { deno: "${version}" } });
    await import(${JSON.stringify(CHECK.href)});`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

Deno.test("an older Deno is told which one is needed, and a newer one nothing", async () => {
  for (const version of ["2.0.0", "2.5.7", "2.8.14", "1.46.3"]) {
    const { code, text } = await checkAs(version);
    assertEquals(code, 1, version);
    assertStringIncludes(text, `Deno 2.9 or newer is needed; this is ${version}`);
  }
  for (const version of ["2.9.0", "2.10.1", "3.0.0", Deno.version.deno]) {
    assertEquals(await checkAs(version), { code: 0, text: "" }, version);
  }
});

Deno.test("the check imports nothing, and every task begins with it", async () => {
  assert(!/\bimport\b.*from|require\(/.test(await Deno.readTextFile(CHECK)));
  const config = new URL("../../deno.json", import.meta.url);
  const { tasks } = JSON.parse(await Deno.readTextFile(config));
  for (const [name, { command }] of Object.entries<{ command: string }>(tasks)) {
    const first = "deno run --no-config --no-lock lib/cli/need_deno.ts && ";
    assert(command.startsWith(first), name);
  }
});

Deno.test("a Deno that cannot read the lock file names in its complaint the version that is needed", async () => {
  // 2.0 to 2.2 know no lock file of version 5, and say so, with its path, before any task begins.
  const config = new URL("../../deno.json", import.meta.url);
  const { lock: { path } } = JSON.parse(await Deno.readTextFile(config));
  const needed = /\[(\d+), (\d+)\]/.exec(await Deno.readTextFile(CHECK))!.slice(1).join(".");
  assertEquals(path, `needs-deno-${needed}.lock`);
  const { version } = JSON.parse(await Deno.readTextFile(new URL(path, config)));
  assertEquals(version, "5");
});
