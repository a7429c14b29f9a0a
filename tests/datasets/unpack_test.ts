import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  archiveEntries,
  DamagedDataError,
  tarEntries,
  unpack,
  unpackedAs,
} from "../../lib/datasets/mod.ts";
import { archiveFixture, putArchive } from "./unknown_fixture.ts";

/** Runs `use` in an empty folder, of whose neighbours none may be touched. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir();
  const folder = `${outer}/middle/inner`;
  await Deno.mkdir(folder, { recursive: true });
  try {
    await use(folder);
    assertEquals([...tree(outer)].filter((path) => !path.startsWith("middle/inner")), ["middle/"]);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

/** All paths below a folder, sorted; folders end in "/". */
function tree(folder: string, below = ""): string[] {
  return Array.from(Deno.readDirSync(`${folder}/${below}`)).flatMap((entry) => {
    const path = below + entry.name;
    return entry.isDirectory ? [`${path}/`, ...tree(folder, `${path}/`)] : [path];
  }).sort();
}

Deno.test("unpack() writes what Python packed, from tar, tar.gz and zip", async () => {
  for (const name of ["honest.tar", "honest.tar.gz", "honest.zip", "stored.zip"]) {
    await inFolder(async (folder) => {
      const archive = await putArchive(name, folder);
      const result = await unpack(archive, `${folder}/out`, { hash: "h" });
      assertEquals(result, { hash: "h", files: 4, bytes: 3 + 256 * 9 + 4, skipped: 0 });
      const { long } = archiveFixture;
      const read = (path: string) => Deno.readTextFile(`${folder}/out/${path}`);
      assertEquals([await read("folder/a.txt"), await read(long)], ["one", "long"], name);
      const bytes = await Deno.readFile(`${folder}/out/folder/sub/b.bin`);
      assertEquals(bytes, Uint8Array.from({ length: 256 * 9 }, (_, i) => i % 256));
      assertEquals((await Deno.stat(`${folder}/out/folder/empty`)).size, 0);
      assertEquals(await unpackedAs(`${folder}/out`), result);
    });
  }
});

Deno.test("unpack() takes plain spellings of a path, and the last of two members of one name", () =>
  inFolder(async (folder) => {
    await unpack(await putArchive("dots.tar", folder), `${folder}/dots`, { hash: "h" });
    assertEquals(tree(`${folder}/dots`), [
      ".unpacked.json",
      "folder/",
      "folder/a.txt",
      "folder/b.txt",
    ]);
    await unpack(await putArchive("twice.tar", folder), `${folder}/twice`, { hash: "h" });
    assertEquals(await Deno.readTextFile(`${folder}/twice/a.txt`), "second");
  }));

Deno.test("unpack() refuses members outside its folder, and leaves nothing", async () => {
  for (
    const name of [
      "up.tar",
      "deep_up.tar.gz",
      "absolute.tar",
      "backslash.tar",
      "drive.tar",
      "up.zip",
      "absolute.zip",
    ]
  ) {
    await inFolder(async (folder) => {
      const archive = await putArchive(name, folder);
      const error = await assertRejects(
        () => unpack(archive, `${folder}/out`, { hash: "h" }),
        DamagedDataError,
      );
      assertEquals(error.file, archive);
      assertEquals(tree(folder), [name, "out.lock"].sort());
    });
  }
});

Deno.test("unpack() refuses members that cannot lie where they should, names them, and leaves nothing", async () => {
  const members: Record<string, string> = {
    "file_as_folder.tar": '"a/b"',
    "file_as_folder.zip": '"a/b"',
    "folder_as_file.tar": '"a"',
    "folder_itself.tar": '"."',
    "long_name.tar": '"nnnn',
  };
  for (const [name, member] of Object.entries(members)) {
    await inFolder(async (folder) => {
      const archive = await putArchive(name, folder);
      await assertRejects(
        () => unpack(archive, `${folder}/out`, { hash: "h" }),
        DamagedDataError,
        `its member ${member}`,
      );
      assertEquals(tree(folder), [name, "out.lock"].sort());
    });
  }
});

Deno.test("unpack() refuses archives without members", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/zeros.tar`, new Uint8Array(10_240));
    await Deno.writeFile(`${folder}/nothing.tar`, new Uint8Array());
    for (const name of ["zeros.tar", "nothing.tar"]) {
      await assertRejects(
        () => unpack(`${folder}/${name}`, `${folder}/out`, { hash: "h" }),
        DamagedDataError,
        "it has no members",
      );
    }
    assertEquals(tree(folder), ["nothing.tar", "out.lock", "zeros.tar"]);
  }));

Deno.test("unpack() of one archive twice at once unpacks once", () =>
  inFolder(async (folder) => {
    const archive = await putArchive("honest.tar", folder);
    const out = `${folder}/out`;
    const both = [1, 2].map(() => unpack(archive, out, { hash: "h" }));
    const [first] = await Promise.all(both);
    const { ino } = await Deno.stat(`${out}/folder/a.txt`);
    assertEquals(await Promise.all([...both, unpack(archive, out, { hash: "h" })]), [
      first,
      first,
      first,
    ]);
    assertEquals((await Deno.stat(`${out}/folder/a.txt`)).ino, ino);
    assertEquals(tree(folder).filter((path) => !path.startsWith("out/")), [
      "honest.tar",
      "out.lock",
    ]);
  }));

Deno.test("unpack() says so where the folder cannot be written to, or the disk is full", () =>
  inFolder(async (folder) => {
    const archive = await putArchive("honest.tar", folder);
    const error = await assertRejects(
      () => unpack(archive, `${archive}/out`, { hash: "h" }),
      Error,
    );
    assertStringIncludes(error.message, `${archive}/out: it cannot be written to`);
    // a limit on the length of files fails as a full disk does
    const code = `import { unpack } from ${
      JSON.stringify(new URL("../../lib/datasets/mod.ts", import.meta.url).href)
    };
      await unpack(${JSON.stringify(archive)}, ${JSON.stringify(`${folder}/out`)}, { hash: "h" })
        .catch(({ message }) => console.log(message));`;
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", 'trap "" XFSZ; ulimit -f 1; exec "$0" eval "$1"', Deno.execPath(), code],
      cwd: new URL("../../", import.meta.url).pathname,
      stderr: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    assertStringIncludes(said, `${folder}/out: the disk is full. Free some space`);
    assertEquals(tree(folder), ["honest.tar", "out.lock"]);
  }));

Deno.test("unpack() passes over links and devices with a word, and follows none", async () => {
  const expected: Record<string, [files: string[], skipped: number]> = {
    // what the archive put behind the link lies in a real folder of that name
    "link_out.tar": [["good.txt", "out/", "out/evil.txt"], 1],
    "link.zip": [["good.txt", "out/", "out/evil.txt"], 1],
    "link_file.tar": [["passwd"], 1],
    "hard_link.tar": [["good.txt"], 1],
    "devices.tar": [["good.txt"], 2],
  };
  for (const [name, [files, skipped]] of Object.entries(expected)) {
    await inFolder(async (folder) => {
      const result = await unpack(await putArchive(name, folder), `${folder}/out`, { hash: "h" });
      assertEquals(tree(`${folder}/out`), [".unpacked.json", ...files], name);
      assertEquals(result.skipped, skipped);
      for (const path of files) assert(!(await Deno.lstat(`${folder}/out/${path}`)).isSymlink);
    });
  }
});

Deno.test("unpack() refuses archives that unpack to much more than they are", async () => {
  for (const name of ["bomb.tar.gz", "bomb.zip"]) {
    await inFolder(async (folder) => {
      const archive = await putArchive(name, folder);
      const out = `${folder}/out`;
      await assertRejects(
        () => unpack(archive, out, { hash: "h", maxBytes: 2_999_999 }),
        DamagedDataError,
        "more than 2999999 bytes",
      );
      assertEquals(tree(folder), [name, "out.lock"].sort());
      assertEquals((await unpack(archive, out, { hash: "h", maxBytes: 3e6 })).bytes, 3e6);
    });
  }
  await inFolder(async (folder) => {
    const archive = await putArchive("honest.tar", folder);
    const options = { hash: "h", maxEntries: 3 };
    await assertRejects(
      () => unpack(archive, `${folder}/out`, options),
      DamagedDataError,
      "3 members",
    );
  });
});

Deno.test("unpack() refuses what is no whole archive, and leaves nothing", async () => {
  for (const name of ["honest.tar", "honest.tar.gz", "honest.zip", "stored.zip"]) {
    await inFolder(async (folder) => {
      const archive = await putArchive(name, folder);
      const whole = await Deno.readFile(archive);
      const html = new TextEncoder().encode(`<!DOCTYPE html>${" ".repeat(600)}`);
      const flipped = whole.map((byte, i) => i > 20 && i < 400 ? byte ^ 0x5a : byte);
      for (const bytes of [whole.subarray(0, whole.length / 3), html, flipped]) {
        await Deno.writeFile(archive, bytes);
        await assertRejects(
          () => unpack(archive, `${folder}/out`, { hash: "h" }),
          DamagedDataError,
        );
        assertEquals(tree(folder), [name, "out.lock"].sort());
      }
    });
  }
});

Deno.test("unpack() uses a folder again only with the hash it was made from", () =>
  inFolder(async (folder) => {
    const archive = await putArchive("twice.tar", folder);
    const out = `${folder}/out`;
    await unpack(archive, out, { hash: "first" });
    await Deno.writeTextFile(`${out}/mark`, "");
    await unpack(archive, out, { hash: "first" });
    assert(tree(out).includes("mark"));
    await unpack(archive, out, { hash: "second" });
    assertEquals(tree(out), [".unpacked.json", "a.txt"]);
    // half of an earlier attempt is swept away
    await Deno.mkdir(`${folder}/other.unpacking`);
    await Deno.writeTextFile(`${folder}/other.unpacking/half`, "");
    await unpack(archive, `${folder}/other`, { hash: "first" });
    assertEquals(tree(`${folder}/other`), [".unpacked.json", "a.txt"]);
  }));

Deno.test("unpack() never touches a folder that it did not make", () =>
  inFolder(async (folder) => {
    const archive = await putArchive("twice.tar", folder);
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/out/own`, "");
    const error = await assertRejects(() => unpack(archive, `${folder}/out`, { hash: "h" }), Error);
    assertStringIncludes(error.message, "already there and was not made from it");
    assertEquals(tree(`${folder}/out`), ["own"]);
    assertEquals(await unpackedAs(`${folder}/out`), undefined);
  }));

Deno.test("unpack() ends at the signal and leaves nothing; it takes the members that are wanted", () =>
  inFolder(async (folder) => {
    const archive = await putArchive("honest.tar", folder);
    const options = {
      hash: "h",
      signal: AbortSignal.abort(new DOMException("stop", "AbortError")),
    };
    await assertRejects(() => unpack(archive, `${folder}/out`, options), DOMException, "stop");
    assertEquals(tree(folder), ["honest.tar", "out.lock"]);
    const select = (path: string) => path.endsWith(".bin");
    await unpack(archive, `${folder}/out`, { hash: "h", select });
    assertEquals(tree(`${folder}/out`), [
      ".unpacked.json",
      "folder/",
      "folder/sub/",
      "folder/sub/b.bin",
    ]);
  }));

Deno.test("archiveEntries() and tarEntries() read an archive within an archive", () =>
  inFolder(async (folder) => {
    const found: string[] = [];
    for await (const outer of archiveEntries(await putArchive("within.tar", folder))) {
      for await (const inner of tarEntries(outer.content())) {
        const chunks = await Array.fromAsync(inner.content());
        found.push(`${outer.path} ${inner.path} ${await new Blob(chunks as BlobPart[]).text()}`);
      }
    }
    assertEquals(found, ["n01.tar n01_1.JPEG inner", "n02.tar n02_7.JPEG other"]);
  }));

Deno.test("archiveEntries() can be left early, and refuses names of no archive", () =>
  inFolder(async (folder) => {
    for (const name of ["honest.tar", "honest.tar.gz", "honest.zip"]) {
      for await (const { path, kind } of archiveEntries(await putArchive(name, folder))) {
        assertEquals([path, kind], ["folder/a.txt", "file"]);
        break;
      }
    }
    const entries = archiveEntries(`${folder}/set.rar`);
    await assertRejects(() => entries.next(), RangeError, ".tar.gz");
    await assertRejects(() => archiveEntries(`${folder}/gone.tar`).next(), Deno.errors.NotFound);
    await assertRejects(() => archiveEntries(`${folder}/gone.zip`).next(), Deno.errors.NotFound);
  }));
