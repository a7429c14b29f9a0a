import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { sweepTemporary } from "../../lib/files/mod.ts";
import { withFolder } from "../with_folder.ts";

Deno.test("sweepTemporary() removes what a killed process left half written, and nothing else", () =>
  withFolder((folder) => {
    const inner = join(folder, "stage");
    Deno.mkdirSync(inner);
    const left = ["a.json", "weights.tmp", "x.0a1b2c3d.tmp.json"];
    for (const name of left) Deno.writeTextFileSync(join(folder, name), "");
    Deno.writeTextFileSync(join(folder, "a.json.0a1b2c3d.tmp"), "");
    Deno.writeTextFileSync(join(inner, "b.json.ffffffff.tmp"), "");
    assertEquals(sweepTemporary(folder), 2);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(names, [...left, "stage"].sort());
    assertEquals(sweepTemporary(folder), 0);
    assertEquals(sweepTemporary(join(folder, "nowhere")), 0);
  }));
