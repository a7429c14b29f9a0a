import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ensureJupyter } from "../../lib/jupyter/mod.ts";

Deno.test("the kernel outlives an interrupted cell, with its variables", async () => {
  const { python, env } = await ensureJupyter();
  const { stdout } = await new Deno.Command(python, {
    args: [fileURLToPath(new URL("./interrupt.py", import.meta.url))],
    env: { ...env },
    stderr: "null",
  }).output();
  const answer = { ended: true, next: "42\n", alive: true };
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
    "a loop": answer,
    "a synchronous wait": answer,
  });
});
