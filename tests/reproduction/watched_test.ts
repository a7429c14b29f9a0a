import { join } from "node:path";
import { assertEquals, assertThrows } from "@std/assert";
import { isThere } from "../../lib/files/mod.ts";
import { runWatched } from "../../lib/reproduction/mod.ts";
import { withFolder } from "../with_folder.ts";

const script = new URL("./fake_watched.ts", import.meta.url);

Deno.test({
  name: "runWatched() returns what the process ends with, without awaiting",
  // It does not await, so the end of the process is only noticed by the runtime afterwards.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () => assertEquals(runWatched(script, ["works"]), "All done"),
});

Deno.test({
  name: "runWatched() throws what the process fails with, and tells when it dies",
  sanitizeOps: false,
  sanitizeResources: false,
  fn() {
    assertThrows(() => runWatched(script, ["fails"]), Error, "It cannot be done");
    assertThrows(() => runWatched(script, ["dies"]), Error, "has died: its last words");
  },
});

Deno.test("A watched process is told to stop when nobody watches any more", () =>
  withFolder(async (folder) => {
    // Nobody ever touches the file that says so.
    const note = join(folder, "note");
    const watched = join(folder, "watched");
    Deno.mkdirSync(watched);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script.href, "waits", note, watched],
    }).output();
    assertEquals([success, Deno.readTextFileSync(note)], [true, "stopped"]);
  }));

Deno.test("A watched process does not mind when the machine's clock is set", () =>
  withFolder(async (folder) => {
    const [note, watched] = [join(folder, "note"), join(folder, "watched")];
    const alive = join(watched, "alive");
    Deno.mkdirSync(watched);
    let count = 0;
    const touch = () => {
      Deno.writeTextFileSync(alive, String(count++));
      // As if the clock had been put forward since.
      Deno.utimeSync(alive, 0, 0);
    };
    touch();
    const timer = setInterval(touch, 100);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script.href, "waits", note, watched],
    }).spawn();
    while (!isThere(join(watched, "state.json"))) await delay(50);
    await delay(1000);
    assertEquals(isThere(note), false);
    clearInterval(timer);
    Deno.removeSync(alive);
    assertEquals((await child.status).success, true);
    assertEquals(Deno.readTextFileSync(note), "stopped");
  }));

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
