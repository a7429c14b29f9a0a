/** What a request asked for. */
export interface Asked {
  path: string;
  /** Header names in lower case. */
  headers: Map<string, string>;
}

/** What the server does: a status, headers, and the body in pieces; `cut` ends the connection within it, `hang` never does. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  pieces?: Uint8Array[];
  pauseMs?: number;
  then?: "cut" | "hang";
}

/** A server on loopback that answers as badly as it is told to. */
export interface Loopback {
  address: string;
  asked: Asked[];
  close(): Promise<void>;
}

/**
 * Serves on a free port of 127.0.0.1 over bare connections, since a well-behaved server would not lie about lengths or
 * cut a body.
 */
export function serveLoopback(answer: (asked: Asked) => Answer): Loopback {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: Asked[] = [];
  const open = new Set<Deno.TcpConn>();
  const running = (async () => {
    const served: Promise<void>[] = [];
    try {
      for await (const connection of listener) {
        open.add(connection);
        served.push(serveOne(connection));
      }
    } finally {
      await Promise.all(served);
    }
  })();

  async function serveOne(connection: Deno.TcpConn): Promise<void> {
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      asked.push(request);
      const { status = 200, headers = {}, pieces = [], pauseMs = 0, then } = answer(request);
      const lines = Object.entries({ connection: "close", ...headers }).map(([k, v]) =>
        `${k}: ${v}`
      );
      await write(connection, `HTTP/1.1 ${status} Said\r\n${lines.join("\r\n")}\r\n\r\n`);
      for (const piece of pieces) {
        await write(connection, piece);
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      // the other side leaves
      if (then === "hang") await connection.read(new Uint8Array(1));
    } catch {
      // the client has gone: it may
    } finally {
      open.delete(connection);
      connection.close();
    }
  }

  return {
    address: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    asked,
    async close() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // it closed itself
        }
      }
      await running.catch(() => {});
    },
  };
}

/** A server of one file that knows ranges, as most do; `change` spoils an answer. */
export function serveFile(
  content: Uint8Array,
  change: (answer: Answer, asked: Asked, request: number) => Answer = (answer) => answer,
  etag = '"v1"',
): Loopback {
  let request = 0;
  return serveLoopback((asked) => change(rangeAnswer(content, asked, etag), asked, request++));
}

function rangeAnswer(content: Uint8Array, { headers }: Asked, etag: string): Answer {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
  const sameVersion = !headers.has("if-range") || headers.get("if-range") === etag;
  if (start === 0 || !sameVersion) {
    return {
      headers: { "content-length": String(content.length), etag },
      pieces: [content],
    };
  }
  const rest = content.subarray(start);
  return {
    status: 206,
    headers: {
      "content-length": String(rest.length),
      "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
      etag,
    },
    pieces: [rest],
  };
}

async function readRequest(connection: Deno.TcpConn): Promise<Asked | undefined> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  const [first, ...lines] = text.split("\r\n");
  const headers = lines.filter((line) => line.includes(":")).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { path: first!.split(" ")[1]!, headers: new Map(headers) };
}

async function write(connection: Deno.TcpConn, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
