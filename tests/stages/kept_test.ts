import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { openKept } from "../../lib/stages/kept.ts";
import { withFolder } from "../with_folder.ts";

Deno.test("what was kept and cleared is gone from the disk too", () =>
  withFolder((folder) => {
    const file = join(folder, "kept.json");
    const kept = openKept<number>(file, "one");
    kept.add("a", 1);
    assertEquals(openKept<number>(file, "one").get("a"), 1);
    assertEquals(openKept<number>(file, "another").get("a"), undefined);
    kept.clear();
    assertEquals([kept.get("a"), openKept<number>(file, "one").get("a")], [undefined, undefined]);
  }));
