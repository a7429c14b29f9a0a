import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { sweepTemporary, writeAtomically } from "../../lib/files/mod.ts";
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

Deno.test("writeAtomically() holds what it has written until that has its name", () =>
  withFolder((folder) => {
    const path = join(folder, "table.csv");
    const rename = Deno.renameSync;
    Deno.renameSync = (...given) => {
      Deno.renameSync = rename;
      // Another writer of the same file, at the last moment.
      writeAtomically(path, "theirs");
      rename(...given);
    };
    try {
      writeAtomically(path, "mine");
    } finally {
      Deno.renameSync = rename;
    }
    assertEquals(Deno.readTextFileSync(path), "mine");
  }));

/** A process that is half through writing a file, and waits. */
async function halfWriting(path: string) {
  const library = new URL("../../lib/files/mod.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `import { writeAtomically } from ${JSON.stringify(library)};
      Deno.FsFile.prototype.syncSync = () => {
        console.log("half");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      };
      writeAtomically(${JSON.stringify(path)}, "new");`,
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

Deno.test("writeAtomically() removes what a killed writer of the file left, and leaves a living one's alone", () =>
  withFolder(async (folder) => {
    const path = join(folder, "table.csv");
    const others = ["table.csv.tmp", "my table.csv.0a1b2c3d.tmp", "table.csv.bak.0a1b2c3d.tmp"];
    for (const name of others) Deno.writeTextFileSync(join(folder, name), "");
    const child = await halfWriting(path);
    const names = () =>
      Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
        !others.includes(name)
      ).sort();
    try {
      writeAtomically(path, "mine");
      assertEquals(names().length, 2);
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
    assertEquals(names().length, 2);
    writeAtomically(path, "mine again");
    assertEquals(names(), ["table.csv"]);
    assertEquals(Deno.readTextFileSync(path), "mine again");
    assertEquals(Array.from(Deno.readDirSync(folder)).length, 4);
  }));
