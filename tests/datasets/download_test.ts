import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import {
  DamagedDataError,
  download,
  DownloadError,
  type DownloadOptions,
  type RemoteFile,
} from "../../lib/datasets/mod.ts";
import { type Loopback, serveFile, serveLoopback } from "./loopback.ts";

const CONTENT = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 5)) % 251);
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const MD5 = createHash("md5").update(CONTENT).digest("hex");
const FAST: DownloadOptions = { retryDelay: 1, retries: 3, stallSeconds: 10 };

function remote({ address }: { address: string }, change: Partial<RemoteFile> = {}): RemoteFile {
  return { name: "set.bin", urls: [`${address}/set.bin`], bytes: 5000, sha256: SHA256, ...change };
}

/** Runs `use` with a server and an empty folder. */
async function withServer(
  server: Loopback,
  use: (folder: string, server: Loopback) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder, server);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** That the file is there, whole, and nothing half done beside it. */
async function assertWhole(folder: string): Promise<void> {
  assertEquals(await Deno.readFile(`${folder}/set.bin`), CONTENT);
  assertEquals(names(folder), ["set.bin", "set.bin.lock"]);
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("download() fetches a file, checks it, and asks no one the second time", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    assertEquals(await download(remote(server), folder, FAST), `${folder}/set.bin`);
    await assertWhole(folder);
    await download(remote(server), folder, FAST);
    assertEquals(server.asked.length, 1);
    assertEquals(server.asked[0]!.headers.get("accept-encoding"), "identity");
  }));

Deno.test("download() accepts an MD5 where there is no SHA-256, and an unknown length", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    const { name, urls } = remote(server);
    await download({ name, urls, md5: MD5 }, folder, FAST);
    await assertWhole(folder);
  }));

Deno.test("download() goes on after a cut, asking for the rest of the same version only", () => {
  const server = serveFile(CONTENT, (answer, _, request) => {
    const [whole] = answer.pieces!;
    return request < 2 ? { ...answer, pieces: [whole!.subarray(0, 1500)] } : answer;
  });
  return withServer(server, async (folder) => {
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked.map(({ headers }) => headers.get("range")), [
      undefined,
      "bytes=1500-",
      "bytes=3000-",
    ]);
    assertEquals(server.asked[2]!.headers.get("if-range"), '"v1"');
  });
});

Deno.test("download() goes on in a later call where an earlier one gave up", () => {
  let broken = true;
  const server = serveFile(
    CONTENT,
    (answer) => broken ? { ...answer, pieces: [answer.pieces![0]!.subarray(0, 100)] } : answer,
  );
  return withServer(server, async (folder) => {
    const error = await assertRejects(
      () => download(remote(server), folder, { ...FAST, retries: 1 }),
      DownloadError,
      "the connection was cut after 200 of 5000 bytes",
    );
    assertStringIncludes(error.message, "it goes on from what has come");
    assertEquals(names(folder), [
      "set.bin.lock",
      "set.bin.partial",
      "set.bin.partial.json",
    ]);
    broken = false;
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked.at(-1)!.headers.get("range"), "bytes=200-");
  });
});

Deno.test("download() is not tired by cuts as long as it gets on", () => {
  const large = new Uint8Array(5e6).map((_, i) => i % 253);
  const server = serveFile(
    large,
    (answer) => ({ ...answer, pieces: [answer.pieces![0]!.subarray(0, 1.5e6)] }),
  );
  return withServer(server, async (folder) => {
    const sha256 = createHash("sha256").update(large).digest("hex");
    const file = remote(server, { bytes: large.length, sha256 });
    await download(file, folder, { ...FAST, retries: 1 });
    assertEquals(await Deno.readFile(`${folder}/set.bin`), large);
    assertEquals(server.asked.length, 4);
  });
});

Deno.test("download() gives up where each request begins anew and is cut at the same place", () => {
  const large = new Uint8Array(5e6);
  const server = serveLoopback(() => ({
    headers: { "content-length": String(large.length) },
    pieces: [large.subarray(0, 1.5e6)],
  }));
  return withServer(server, async (folder) => {
    await assertRejects(
      () => download(remote(server, { bytes: large.length }), folder, { ...FAST, retries: 2 }),
      DownloadError,
      "the connection was cut after 1500000 of 5000000 bytes",
    );
    // the first one got on, of those after it none
    assertEquals(server.asked.length, 4);
  });
});

Deno.test("download() starts anew where the server knows no ranges", () => {
  const server = serveLoopback(() => ({
    headers: { "content-length": "5000" },
    pieces: [CONTENT],
  }));
  return withServer(server, async (folder) => {
    await Deno.writeFile(`${folder}/set.bin.partial`, CONTENT.subarray(0, 700));
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked[0]!.headers.get("range"), "bytes=700-");
  });
});

Deno.test("download() starts anew where the server has another version meanwhile", () => {
  const server = serveFile(CONTENT, (answer) => answer, '"v2"');
  return withServer(server, async (folder) => {
    const url = `${server.address}/set.bin`;
    await Deno.writeFile(`${folder}/set.bin.partial`, new Uint8Array(700).fill(9));
    await Deno.writeTextFile(
      `${folder}/set.bin.partial.json`,
      JSON.stringify({ url, validator: '"v1"' }),
    );
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
  });
});

Deno.test("download() starts anew where the parts do not fit together", async () => {
  // a part of another file, continued; one longer than the file; one of its length; a server that refuses the range
  const parts = [CONTENT.toReversed().subarray(0, 700), new Uint8Array(6000), new Uint8Array(5000)];
  for (const part of parts) {
    await withServer(serveFile(CONTENT), async (folder, server) => {
      await Deno.writeFile(`${folder}/set.bin.partial`, part);
      await download(remote(server), folder, FAST);
      await assertWhole(folder);
    });
  }
  const refusing = serveFile(
    CONTENT,
    (answer) =>
      answer.status === 206 ? { status: 416, headers: { "content-length": "0" } } : answer,
  );
  await withServer(refusing, async (folder) => {
    await Deno.writeFile(`${folder}/set.bin.partial`, CONTENT.subarray(0, 700));
    await download(remote(refusing), folder, FAST);
    await assertWhole(folder);
  });
});

Deno.test("download() of a file of unknown length that is all here asks for nothing again", () => {
  // killed between the last byte and the renaming
  const server = serveFile(
    CONTENT,
    (answer, { headers }) =>
      headers.get("range") === "bytes=5000-"
        ? { status: 416, headers: { "content-length": "0", "content-range": "bytes */5000" } }
        : answer,
  );
  return withServer(server, async (folder) => {
    const { name, urls } = remote(server);
    await Deno.writeFile(`${folder}/set.bin.partial`, CONTENT);
    await download({ name, urls, md5: MD5 }, folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked.length, 1);
    // of the right length and damaged: anew
    await Deno.remove(`${folder}/set.bin`);
    await Deno.writeFile(`${folder}/set.bin.partial`, CONTENT.toReversed());
    await download({ name, urls, md5: MD5 }, folder, FAST);
    await assertWhole(folder);
  });
});

Deno.test("download() puts a file of unknown length together where the server gives less than asked for", () => {
  const server = serveFile(CONTENT, (answer, { headers }) => {
    const start = Number(/\d+/.exec(headers.get("range") ?? "")?.[0] ?? 0);
    if (start === 0) return { ...answer, pieces: [CONTENT.subarray(0, 700)] };
    const end = Math.min(5000, start + 1500);
    return {
      status: 206,
      headers: {
        "content-length": String(end - start),
        "content-range": `bytes ${start}-${end - 1}/5000`,
      },
      pieces: [CONTENT.subarray(start, end)],
    };
  });
  return withServer(server, async (folder) => {
    const { name, urls, sha256 } = remote(server);
    await download({ name, urls, sha256: sha256! }, folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked.map(({ headers }) => headers.get("range")), [
      undefined,
      "bytes=700-",
      "bytes=2200-",
      "bytes=3700-",
    ]);
  });
});

Deno.test("download() keeps what has come where a web page comes instead of the rest, or nothing", async () => {
  const page = new TextEncoder().encode("<html>Log in</html>");
  for (const pieces of [[page], []]) {
    await withServer(serveLoopback(() => ({ pieces })), async (folder, server) => {
      await Deno.writeFile(`${folder}/set.bin.partial`, CONTENT.subarray(0, 3000));
      await assertRejects(() => download(remote(server), folder, FAST), DownloadError);
      assertEquals(await Deno.readFile(`${folder}/set.bin.partial`), CONTENT.subarray(0, 3000));
    });
  }
});

Deno.test("download() says so where the server sends nothing", () =>
  withServer(
    serveLoopback(() => ({ headers: { "content-length": "0" } })),
    async (folder, server) => {
      const { name, urls } = remote(server);
      await assertRejects(
        () => download({ name, urls, md5: MD5 }, folder, FAST),
        DownloadError,
        "the server sent nothing",
      );
    },
  ));

Deno.test("download() goes on after its process was killed in the middle", () => {
  const server = serveFile(CONTENT, (answer, _, request) => {
    const [whole] = answer.pieces!;
    return request === 0 ? { ...answer, pieces: [whole!.subarray(0, 2000)], then: "hang" } : answer;
  });
  return withServer(server, async (folder) => {
    const child = startChild(remote(server), folder);
    while (sizeOf(`${folder}/set.bin.partial`) < 2000) await new Promise((r) => setTimeout(r, 5));
    child.kill("SIGKILL");
    await child.output();
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked[1]!.headers.get("range"), "bytes=2000-");
  });
});

Deno.test("download() gives up a stalled connection, and goes on", () => {
  const server = serveFile(CONTENT, (answer, _, request) => {
    const [whole] = answer.pieces!;
    return request === 0 ? { ...answer, pieces: [whole!.subarray(0, 900)], then: "hang" } : answer;
  });
  return withServer(server, async (folder) => {
    await download(remote(server), folder, { ...FAST, stallSeconds: 0.2 });
    await assertWhole(folder);
    assertEquals(server.asked[1]!.headers.get("range"), "bytes=900-");
  });
});

Deno.test("download() says so where nothing ever comes", () =>
  withServer(serveLoopback(() => ({ then: "hang" })), async (folder, server) => {
    await assertRejects(
      () => download(remote(server), folder, { ...FAST, retries: 1, stallSeconds: 0.1 }),
      DownloadError,
      "nothing came for 0.1 seconds",
    );
    assertEquals(server.asked.length, 2);
  }));

Deno.test("download() waits for a slow server that does send", () => {
  const pieces = Array.from({ length: 10 }, (_, i) => CONTENT.subarray(i * 500, i * 500 + 500));
  const server = serveLoopback(() => ({
    headers: { "content-length": "5000" },
    pieces,
    pauseMs: 50,
  }));
  return withServer(server, async (folder) => {
    // longer in all than the limit between two pieces
    await download(remote(server), folder, { ...FAST, stallSeconds: 0.3 });
    await assertWhole(folder);
    assertEquals(server.asked.length, 1);
  });
});

/** Answers that no repetition mends, and what is said of each. */
const REFUSED: [string, Parameters<typeof serveLoopback>[0], string][] = [
  [
    "404",
    () => ({ status: 404, headers: { "content-length": "0" } }),
    "there is no such file (404",
  ],
  ["403", () => ({ status: 403, headers: { "content-length": "0" } }), "the server refuses (403"],
  [
    "a wrong length that is announced",
    () => ({ headers: { "content-length": "4000" }, pieces: [CONTENT.subarray(0, 4000)] }),
    "the file there has 4000 bytes, the official one has 5000",
  ],
  [
    "too much that is not announced",
    () => ({ pieces: [CONTENT, CONTENT] }),
    "more than 5000 bytes",
  ],
  [
    "a wrong hash",
    () => ({ headers: { "content-length": "5000" }, pieces: [CONTENT.toReversed()] }),
    "what came is not the official file: it should have SHA-256",
  ],
  [
    "a web page",
    () => ({
      headers: { "content-type": "text/html; charset=utf-8" },
      pieces: [new TextEncoder().encode("<!DOCTYPE html><title>Log in</title>")],
    }),
    "a web page came instead of set.bin",
  ],
  [
    "a web page that calls itself data",
    () => ({
      headers: { "content-type": "application/octet-stream" },
      pieces: [new TextEncoder().encode("\n<HTML><body>Quota exceeded</body></HTML>")],
    }),
    "a web page came instead of set.bin",
  ],
  [
    "an XHTML page behind a byte order mark and a comment",
    () => ({
      pieces: [
        new TextEncoder().encode('\ufeff<?xml version="1.0"?><!-- a -->\n<!DOCTYPE html><p>No</p>'),
      ],
    }),
    "a web page came instead of set.bin",
  ],
  [
    "a redirect to a file",
    () => ({ status: 302, headers: { "content-length": "0", location: "file:///etc/passwd" } }),
    "it redirects to what is no http address",
  ],
  [
    "a redirect to nothing",
    () => ({ status: 302, headers: { "content-length": "0", location: "http://[" } }),
    "it redirects to what is no http address",
  ],
  [
    "redirects in a circle",
    ({ path }) => ({
      status: 302,
      headers: { "content-length": "0", location: path === "/a" ? "/b" : "/a" },
    }),
    "its redirects go round in a circle",
  ],
  [
    "another part than asked for",
    () => ({
      status: 206,
      headers: { "content-length": "5", "content-range": "bytes 40-44/5000" },
      pieces: [new Uint8Array(5)],
    }),
    "the server sent another part than asked for",
  ],
];

for (const [what, answer, said] of REFUSED) {
  Deno.test(`download() refuses ${what} and keeps nothing that could be used`, () =>
    withServer(serveLoopback(answer), async (folder, server) => {
      const error = await assertRejects(
        () => download(remote(server), folder, FAST),
        DownloadError,
        said,
      );
      assertStringIncludes(error.message, `${server.address}/set.bin`);
      assert(!names(folder).includes("set.bin"));
      // the same again would give the same
      assert(server.asked.length === 1 || what === "redirects in a circle");
    }));
}

Deno.test("download() follows redirects", () => {
  const server = serveFile(
    CONTENT,
    (answer, { path }) =>
      path === "/set.bin"
        ? { status: 302, headers: { "content-length": "0", location: "/elsewhere" } }
        : answer,
  );
  return withServer(server, async (folder) => {
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
  });
});

Deno.test("download() asks again after a server's passing error", () => {
  const server = serveFile(
    CONTENT,
    (answer, _, request) =>
      request < 2
        ? { status: request === 0 ? 503 : 429, headers: { "content-length": "0" } }
        : answer,
  );
  return withServer(server, async (folder) => {
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked.length, 3);
  });
});

Deno.test("download() tries the mirrors in order, and continues what another one began", () => {
  const good = serveFile(CONTENT);
  const server = serveFile(CONTENT, (answer, { path }) => {
    if (path === "/gone") return { status: 404, headers: { "content-length": "0" } };
    return { ...answer, pieces: [answer.pieces![0]!.subarray(0, 600)] };
  });
  return withServer(server, async (folder) => {
    const urls = [`${server.address}/gone`, `${server.address}/cut`, `${good.address}/whole`];
    await download(remote(server, { urls }), folder, { ...FAST, retries: 0 });
    await assertWhole(folder);
    assertEquals(server.asked.map(({ path }) => path), ["/gone", "/cut"]);
    const [{ headers }] = good.asked as [typeof good.asked[0]];
    // the other mirror's version name means nothing to this one
    assertEquals([headers.get("range"), headers.get("if-range")], ["bytes=600-", undefined]);
    await good.close();
  });
});

Deno.test("download() says so where no server can be reached", async () => {
  const closed = serveFile(CONTENT);
  await closed.close();
  await withServer(serveFile(CONTENT), async (folder) => {
    await assertRejects(
      () => download(remote(closed), folder, { ...FAST, retries: 1 }),
      DownloadError,
      "it cannot be reached",
    );
  });
});

Deno.test("download() says so where the disk is full, and asks no other mirror", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    // every write to /dev/full fails as on a full disk
    await Deno.symlink("/dev/full", `${folder}/set.bin.partial`);
    const urls = [`${server.address}/set.bin`, `${server.address}/mirror`];
    const error = await assertRejects(
      () => download(remote(server, { urls }), folder, FAST),
      DownloadError,
      "the disk is full",
    );
    assertStringIncludes(error.message, folder);
    assertEquals(server.asked.length, 1);
  }));

Deno.test("download() asks for room before it asks for the file", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    await assertRejects(
      () => download(remote(server, { bytes: 1e18 }), folder, FAST),
      DownloadError,
      "the disk is full",
    );
    assertEquals(server.asked.length, 0);
  }));

Deno.test("download() asks for room for a file whose length only the server knows", () => {
  const server = serveLoopback(() => ({ headers: { "content-length": String(1e18) } }));
  return withServer(server, async (folder) => {
    const { name, urls } = remote(server);
    await assertRejects(
      () => download({ name, urls, md5: MD5 }, folder, FAST),
      DownloadError,
      "the disk is full",
    );
    assertEquals(server.asked.length, 1);
  });
});

Deno.test("download() says so where the folder cannot be written to, and asks no server", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    await Deno.writeTextFile(`${folder}/taken`, "");
    for (const place of [`${folder}/taken`, `${folder}/taken/below`]) {
      const error = await assertRejects(
        () => download(remote(server), place, FAST),
        DownloadError,
        `${place} cannot be written to`,
      );
      assertStringIncludes(error.message, "choose another data folder");
    }
    await Deno.mkdir(`${folder}/set.bin`);
    await assertRejects(
      () => download(remote(server), folder, FAST),
      DamagedDataError,
      "it is no file",
    );
    assertEquals(server.asked.length, 0);
  }));

Deno.test("download() never replaces another file of that name", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    await Deno.writeTextFile(`${folder}/set.bin`, "the user's own");
    await assertRejects(
      () => download(remote(server), folder, FAST),
      DamagedDataError,
      "it has 14 bytes instead of 5000",
    );
    assertEquals(await Deno.readTextFile(`${folder}/set.bin`), "the user's own");
    assertEquals(server.asked.length, 0);
  }));

Deno.test("download() ends at the signal and keeps what has come", () => {
  const server = serveFile(CONTENT, (answer, _, request) => {
    const [whole] = answer.pieces!;
    return request === 0 ? { ...answer, pieces: [whole!.subarray(0, 800)], then: "hang" } : answer;
  });
  return withServer(server, async (folder) => {
    const stop = new AbortController();
    const running = download(remote(server), folder, { ...FAST, signal: stop.signal });
    const rejected = assertRejects(() => running, DOMException, "stopped");
    while (sizeOf(`${folder}/set.bin.partial`) < 800) await new Promise((r) => setTimeout(r, 5));
    stop.abort(new DOMException("stopped", "AbortError"));
    await rejected;
    await download(remote(server), folder, FAST);
    await assertWhole(folder);
    assertEquals(server.asked[1]!.headers.get("range"), "bytes=800-");
  });
});

Deno.test("download() of two processes at once fetches once", () =>
  withServer(serveFile(CONTENT), async (folder, server) => {
    const both = [startChild(remote(server), folder), startChild(remote(server), folder)];
    for (const process of both) {
      const { success, stderr } = await process.output();
      assert(success, new TextDecoder().decode(stderr));
    }
    await assertWhole(folder);
    assertEquals(server.asked.length, 1);
  }));

/** A process that downloads a file. */
function startChild(file: RemoteFile, folder: string): Deno.ChildProcess {
  const module = new URL("../../lib/datasets/mod.ts", import.meta.url).href;
  const code = `import { download } from ${JSON.stringify(module)};
    await download(${JSON.stringify(file)}, ${JSON.stringify(folder)});`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    cwd: new URL("../../", import.meta.url).pathname,
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
