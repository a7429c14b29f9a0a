import { assertEquals, assertStringIncludes } from "@std/assert";
import { Estimate } from "../../lib/progress/estimate.ts";
import { isNotebook } from "../../lib/progress/mod.ts";
import { bundle } from "../../lib/progress/notebook.ts";

/** What `work` prints on stderr in a process whose stderr is a pipe. */
async function stderrOf(work: string): Promise<string[]> {
  const module = new URL("../../lib/progress/mod.ts", import.meta.url).href;
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { log, startProgress } from ${JSON.stringify(module)}; ${work}`,
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "null",
  }).output();
  return new TextDecoder().decode(stderr).trimEnd().split("\n");
}

Deno.test("startProgress() prints one line at the start and one at the end where stderr is a pipe", async () => {
  const lines = await stderrOf(`
    const progress = startProgress("Training", 3, { unit: "epochs" });
    for (let i = 1; i <= 3; i++) progress.update(i, "loss " + i);
    log("a line");
    progress.finish(); progress.finish("twice"); progress.update(2);`);
  assertEquals(lines, [
    "Training ...",
    "a line",
    "Training: done in 0s, loss 3",
  ]);
});

Deno.test("Progress.finish() says how far it came when it ends early", async () => {
  const lines = await stderrOf(`
    const progress = startProgress("Training", 200);
    progress.update(199);
    progress.finish("stopped");`);
  assertEquals(lines, [
    "Training ...",
    "Training: ended at 99% in 0s, stopped",
  ]);
});

Deno.test("isNotebook() is false in a test", () => {
  assertEquals(isNotebook(), false);
});

Deno.test("bundle() shows the same in text and HTML, with the label's markup escaped", () => {
  const estimate = new Estimate(20, 0);
  estimate.update(5, 1_000);
  const shown = bundle(
    { label: "a<b", unit: "epochs", estimate },
    ", 3s left",
    "loss 0.1",
  );
  assertEquals(
    shown["text/plain"],
    "a<b: 25% (5/20 epochs), 3s left, loss 0.1",
  );
  assertStringIncludes(shown["text/html"] ?? "", "a&lt;b");
  assertStringIncludes(shown["text/html"] ?? "", 'value="0.25"');
});
