import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  DiskFullError,
  freeBytes,
  isDiskFull,
  isFile,
  isNotWritable,
  isThere,
  needRoom,
  removeIfThere,
  replaceFolder,
  withLock,
  writeAtomically,
} from "../../lib/files/mod.ts";

async function inFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("isFile() and isThere() tell files, folders and nothing, through links", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const to of ["file", "nowhere", "."]) Deno.symlinkSync(to, `${folder}/link_${to}`);
    const answers: [string, boolean, boolean][] = [
      ["file", true, true],
      ["link_file", true, true],
      ["", false, true],
      ["link_.", false, true],
      ["link_nowhere", false, false],
      ["nothing", false, false],
      ["file/below", false, false],
    ];
    for (const [name, file, there] of answers) {
      const path = `${folder}/${name}`;
      assertEquals([isFile(path), isThere(path)], [file, there], name);
    }
    // no answer is none
    assertThrows(() => isThere(`${folder}/${"n".repeat(300)}`), Error, "too long");
  }));

Deno.test("removeIfThere() removes files and trees, no more than the link of a link, and takes nothing as done", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/tree/branch`, { recursive: true });
    await Deno.writeTextFile(`${folder}/tree/branch/leaf`, "");
    await Deno.mkdir(`${folder}/kept`);
    await Deno.writeTextFile(`${folder}/kept/file`, "");
    await Deno.symlink("../kept", `${folder}/tree/link`);
    await removeIfThere(`${folder}/tree`);
    await removeIfThere(`${folder}/tree`);
    assertEquals([names(folder), names(`${folder}/kept`)], [["kept"], ["file"]]);
    await removeIfThere(`${folder}/kept/file`);
    assertEquals(names(`${folder}/kept`), []);
  }));

Deno.test("writeAtomically() makes its folder and leaves no temporary file, also where it fails", () =>
  inFolder((folder) => {
    writeAtomically(`${folder}/a/b.json`, "one");
    writeAtomically(`${folder}/a/b.json`, "two");
    writeAtomically(`${folder}/a/bytes`, Uint8Array.of(1, 2));
    assertEquals(names(`${folder}/a`), ["b.json", "bytes"]);
    assertEquals(Deno.readTextFileSync(`${folder}/a/b.json`), "two");
    Deno.mkdirSync(`${folder}/a/taken`);
    assertThrows(() => writeAtomically(`${folder}/a/taken`, "three"));
    assertEquals(names(`${folder}/a`), ["b.json", "bytes", "taken"]);
  }));

Deno.test("isDiskFull() and isNotWritable() know the system's errors", () =>
  inFolder(async (folder) => {
    const full = await Deno.open("/dev/full", { write: true });
    const noSpace = await assertRejects(() => full.write(new Uint8Array(1)));
    full.close();
    assert(isDiskFull(noSpace) && isDiskFull(new DiskFullError()) && !isNotWritable(noSpace));
    // as of a full share of the disk, for which Deno has no code
    assert(isDiskFull(new Error("Disk quota exceeded (os error 122): write")));
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const path of [`${folder}/file/below`, `${folder}/file`]) {
      const error = await assertRejects(() => Deno.mkdir(path));
      assert(isNotWritable(error) && !isDiskFull(error), path);
    }
    const missing = await assertRejects(() => Deno.open(`${folder}/none`));
    assert(!isDiskFull(missing) && !isNotWritable(missing) && !isDiskFull("full"));
  }));

Deno.test("freeBytes() of a folder that is yet to be made is that of the one it will be in", () =>
  inFolder(async (folder) => {
    assert(await freeBytes(`${folder}/not/made/yet`) > 0);
    assert(await freeBytes("neither/is/this") > 0);
  }));

Deno.test("needRoom() refuses what the disk cannot hold, and asks nothing of what is not known", () =>
  inFolder(async (folder) => {
    const free = await freeBytes(folder);
    assert(free > 0);
    await needRoom(folder, undefined, 0);
    await needRoom(folder, 10, 0);
    await needRoom(folder, 1e18, 1e18);
    await assertRejects(() => needRoom(folder, 1e18, 10), DiskFullError, folder);
  }));

/** A process that takes a lock, says so, and keeps it. */
async function startHolder(path: string): Promise<Deno.ChildProcess> {
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { withLock } from "./lib/files/mod.ts";
       await withLock(${JSON.stringify(path)}, async () => {
         console.log("in"); await new Promise((r) => setTimeout(r, 60_000)); });`,
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return holder;
}

Deno.test("withLock() lets one process in at a time, and the next one in when it is killed", () =>
  inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const holder = await startHolder(path);
    let entered = false, waits = 0;
    const waiting = withLock(path, () => Promise.resolve(entered = true), {
      onWait: () => waits++,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals([entered, waits], [false, 1]);
    holder.kill("SIGKILL");
    assertEquals(await waiting, true);
    await holder.status;
  }));

Deno.test("withLock() is free again after a failure, and ends its waiting at the signal", () =>
  inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const fail = () => Promise.reject(new RangeError("failed"));
    await assertRejects(() => withLock(path, fail), RangeError, "failed");
    const stop = new AbortController();
    await withLock(path, async () => {
      // in this process as in another
      const waiting = withLock(path, () => Promise.resolve(), { signal: stop.signal });
      const rejected = assertRejects(() => waiting, DOMException, "stopped");
      stop.abort(new DOMException("stopped", "AbortError"));
      await rejected;
    });
    assertEquals(await withLock(path, () => Promise.resolve(1)), 1);
  }));

Deno.test("replaceFolder() makes a folder whole in the place of the old one, or leaves the old one", () =>
  inFolder(async (parent) => {
    const folder = `${parent}/set`;
    // what a killed run left
    await Deno.mkdir(`${folder}.unpacking`);
    await Deno.writeTextFile(`${folder}.unpacking/left`, "");
    const fill = (text: string) => async (temporary: string) => {
      await Deno.writeTextFile(`${temporary}/${text}`, text);
      return text;
    };
    assertEquals(await replaceFolder(folder, fill("old")), "old");
    assertEquals(names(folder), ["old"]);
    const fails = async (temporary: string) => {
      await fill("half")(temporary);
      throw new Error("cut");
    };
    await assertRejects(() => replaceFolder(folder, fails), Error, "cut");
    assertEquals([names(folder), names(parent)], [["old"], ["set"]]);
    await replaceFolder(folder, fill("new"));
    assertEquals([names(folder), names(parent)], [["new"], ["set"]]);
  }));
