import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { downloadWheel, explainPip } from "../../lib/runtime/download.ts";
import { findPython, hostPlatform } from "../../lib/runtime/mod.ts";
import { unpackWheel } from "../../lib/runtime/unpack.ts";
import type { Wheel } from "../../lib/runtime/wheels.ts";

const FILES: Record<string, string> = {
  "example/kept/a.txt": "a",
  "example/kept/deep/b.txt": "bb",
  "example/left/c.txt": "c",
  "example-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n",
  "example-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\nRoot-Is-Purelib: true\n",
  "example-1.0.dist-info/RECORD": "",
};

/** A folder with a small wheel in it, that pip is told to look in and nowhere else. */
async function withWheel(
  action: (context: { folder: string; file: string; wheel: Wheel }) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/example-1.0-py3-none-any.whl`;
  const before = {
    PIP_NO_INDEX: Deno.env.get("PIP_NO_INDEX"),
    PIP_FIND_LINKS: Deno.env.get("PIP_FIND_LINKS"),
  };
  try {
    const { command } = await findPython();
    const { success } = await new Deno.Command(command, {
      args: [
        "-c",
        "import sys, json, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', 8) as z:\n" +
        " [z.writestr(n, t) for n, t in json.loads(sys.argv[2]).items()]",
        file,
        JSON.stringify(FILES),
      ],
    }).output();
    assertEquals(success, true);
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
    const wheel: Wheel = {
      name: "example",
      version: "1.0",
      sha256: new Uint8Array(digest).toHex(),
      downloadMB: 1,
      unpackedMB: 1,
      root: "example",
      keep: ["kept/"],
    };
    Deno.env.set("PIP_NO_INDEX", "1");
    Deno.env.set("PIP_FIND_LINKS", folder);
    await action({ folder, file, wheel });
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

const target = async (folder: string) => ({
  python: await findPython(),
  platform: hostPlatform(),
  scratch: `${folder}/scratch`,
});

Deno.test("downloadWheel() and unpackWheel() bring what is kept of a wheel, and nothing else", async () => {
  await withWheel(async ({ folder, wheel }) => {
    const { python, ...rest } = await target(folder);
    const file = await downloadWheel(wheel, { python, ...rest });
    await unpackWheel({ wheel, file, folder: `${folder}/out`, python });
    assertEquals(await Deno.readTextFile(`${folder}/out/example/kept/deep/b.txt`), "bb");
    assertEquals([...Deno.readDirSync(`${folder}/out/example`)].map(({ name }) => name), ["kept"]);
  });
});

Deno.test("downloadWheel() refuses a file that is not the pinned one", async () => {
  await withWheel(async ({ folder, wheel }) => {
    const wanted = { ...wheel, sha256: "0".repeat(64) };
    const error = await assertRejects(
      async () => downloadWheel(wanted, await target(folder)),
      Error,
    );
    assertStringIncludes(error.message, `its SHA-256 is ${wheel.sha256}`);
  });
});

Deno.test("downloadWheel() says where to look when the index does not have the wheel", async () => {
  await withWheel(async ({ folder, wheel }) => {
    const wanted = { ...wheel, version: "2.0" };
    const error = await assertRejects(
      async () => downloadWheel(wanted, await target(folder)),
      Error,
    );
    assertStringIncludes(error.message, "example 2.0 could not be downloaded");
    assertStringIncludes(error.message, "PIP_FIND_LINKS");
  });
});

Deno.test("unpackWheel() refuses a damaged file", async () => {
  await withWheel(async ({ folder, file, wheel }) => {
    const bytes = await Deno.readFile(file);
    await Deno.writeFile(file, bytes.subarray(0, bytes.length - 100));
    const { python } = await target(folder);
    const error = await assertRejects(
      () => unpackWheel({ wheel, file, folder: `${folder}/out`, python }),
      Error,
    );
    assertStringIncludes(error.message, "example 1.0 could not be unpacked");
  });
});

Deno.test("explainPip() has a message of its own for each way to fail", () => {
  const cases: [stderr: string, part: string][] = [
    ["/usr/bin/python3: No module named pip", "has no pip"],
    [
      "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
      "disk is full",
    ],
    [
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/x/\n" +
      "ERROR: No matching distribution found for x",
      "cannot be reached (NewConnectionError)",
    ],
    ["ERROR: No matching distribution found for x", "PIP_FIND_LINKS"],
  ];
  for (const [stderr, part] of cases) assertStringIncludes(explainPip("x 1", stderr), part);
});
