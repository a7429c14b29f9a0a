import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { withTemporaryFolder } from "../../lib/runtime/mod.ts";

const LIBRARY = new URL("../../lib/runtime/mod.ts", import.meta.url).href;

/** A process that makes a temporary folder below `place`, prints its path and waits. */
async function holder(place: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `import { withTemporaryFolder } from ${JSON.stringify(LIBRARY)};
      await withTemporaryFolder(async (path) => {
        Deno.writeTextFileSync(path + "/a", "");
        console.log(path);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`,
    ],
    env: { TMPDIR: place },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const path = (await reader.read()).value!.trim();
  await reader.cancel();
  return { child, path };
}

Deno.test("a temporary folder goes with its process, or else with the next one's, and never another's", async () => {
  const place = await Deno.makeTempDir();
  const names = () => Array.from(Deno.readDirSync(place), ({ name }) => join(place, name)).sort();
  const before = Deno.env.get("TMPDIR");
  try {
    const killed = await holder(place);
    const alive = await holder(place);
    Deno.mkdirSync(join(place, "hem-another's"));
    killed.child.kill("SIGKILL");
    await killed.child.status;
    assertEquals(names(), [killed.path, alive.path, join(place, "hem-another's")].sort());
    Deno.env.set("TMPDIR", place);
    await withTemporaryFolder((path) => {
      assertEquals(names(), [alive.path, join(place, "hem-another's"), path].sort());
      return Promise.resolve();
    });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const { child, path } = signal === "SIGTERM" ? alive : await holder(place);
      child.kill(signal);
      assertEquals((await child.status).code, { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal]);
      assert(!names().includes(path), signal);
    }
    assertEquals(names(), [join(place, "hem-another's")]);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
    await Deno.remove(place, { recursive: true });
  }
});
