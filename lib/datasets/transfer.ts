import { join } from "node:path";
import { isThere, needRoom, removeIfThere } from "../files/mod.ts";

/** A file on the network, with what identifies it. */
export interface RemoteFile {
  /** The name that it gets here. */
  name: string;
  /** Where it can be had, tried in this order. */
  urls: readonly string[];
  /** Its length, where known. */
  bytes?: number;
  sha256?: string;
  /** Where its authors publish no SHA-256; guards against faults, not against an attacker. */
  md5?: string;
  /** Its id as a git blob (SHA-1), where it is a file of a repository. */
  gitBlob?: string;
}

/** Why one request failed. */
export class TransferFault extends Error {
  override name = "TransferFault";
  /** Whether the same request may succeed later. */
  readonly passing: boolean;

  constructor(message: string, { passing }: { passing: boolean }) {
    super(message);
    this.passing = passing;
  }
}

/** What one request needs beside the file and its address. */
export interface TransferOptions {
  signal?: AbortSignal;
  /** After as many seconds without a byte the request is given up. */
  stallSeconds: number;
  /** Called as bytes come: how many are on the disk, and how many there will be. */
  onBytes: (bytes: number, total: number | undefined) => void;
}

// what a server said of the part that is on the disk, so that it only continues the same file
interface Origin {
  url: string;
  /** A strong ETag, or the date of the last change. */
  validator: string;
}

// enough of a text to see that it is HTML, behind a comment or an XML declaration too
const SNIFFED_BYTES = 1024;

/** The part of `file` that is on the disk, and what is known of it. */
export function partialPaths(file: RemoteFile, folder: string) {
  const partial = join(folder, `${file.name}.partial`);
  return { partial, origin: `${partial}.json` };
}

/**
 * One request for what is still missing of a file; what comes is appended to its partial file.
 *
 * Asks for the rest (Range) and, where the server has named its version (strong ETag, Last-Modified), for the rest of
 * that version only (If-Range). A server that knows no ranges, or has another version, sends the whole file, which then
 * replaces the part, from its first bytes that are no web page.
 *
 * @returns whether the file was put together from several requests
 * @throws {TransferFault} for everything that a server or a network does wrong
 * @throws {DiskFullError} before the first byte where the disk cannot hold the rest
 */
export async function transfer(
  file: RemoteFile,
  url: string,
  folder: string,
  { signal, stallSeconds, onBytes }: TransferOptions,
): Promise<{ resumed: boolean }> {
  const { partial, origin } = partialPaths(file, folder);
  const have = isThere(partial) ? (await Deno.stat(partial)).size : 0;
  if (have > 0 && have === file.bytes) return { resumed: true };
  if (file.bytes !== undefined && have > file.bytes) await Deno.truncate(partial, 0);
  const start = file.bytes !== undefined && have > file.bytes ? 0 : have;

  await needRoom(folder, file.bytes, start);

  const stall = new AbortController();
  const quiet = new TransferFault(`nothing came for ${stallSeconds} seconds`, { passing: true });
  let timer = setTimeout(() => stall.abort(quiet), stallSeconds * 1000);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(quiet), stallSeconds * 1000);
  };
  const stop = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  let written = start;
  try {
    const response = await fetch(url, { headers: await rangeOf(start, url, origin), signal: stop });
    alive();
    if (endsAt(start, response)) {
      await response.body?.cancel();
      return { resumed: true };
    }
    const { at, total } = await begin(response, file, { start, partial });
    await needRoom(folder, total, start);
    written = at;
    using out = await Deno.open(partial, { write: true, create: true });
    for await (const chunk of response.body ?? []) {
      alive();
      if (written === at) {
        if (at === 0) refuseHtml(chunk, file);
        if (at < start) await out.truncate(at);
        await out.seek(at, Deno.SeekMode.Start);
        await remember(response, url, origin);
      }
      await writeAll(out, chunk);
      written += chunk.length;
      onBytes(written, total);
      if (file.bytes !== undefined && written > file.bytes) {
        throw wrongLength(file, `more than ${file.bytes}`);
      }
    }
    await out.sync();
    if (written === 0) throw new TransferFault("the server sent nothing", { passing: true });
    if (total !== undefined && written < total) throw cut(written, total);
    return { resumed: at > 0 };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw asFault(error, { stalled: stall.signal.aborted, written, total: file.bytes });
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a server says that its file ends where our part ends: all of it is here. */
function endsAt(start: number, { status, headers }: Response): boolean {
  const total = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  return status === 416 && start > 0 && Number(total) === start;
}

async function rangeOf(start: number, url: string, originPath: string): Promise<HeadersInit> {
  // the bytes of the file as they are, not packed for the way
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (start === 0) return headers;
  headers.range = `bytes=${start}-`;
  const origin = await readOrigin(originPath);
  // another mirror's version names mean nothing here; the hash decides in the end
  if (origin?.url === url) headers["if-range"] = origin.validator;
  return headers;
}

/** Checks an answer, and says at which byte of the file it begins and how long the file is. */
async function begin(
  response: Response,
  file: RemoteFile,
  { start, partial }: { start: number; partial: string },
): Promise<{ at: number; total: number | undefined }> {
  const refuse = async (fault: TransferFault) => {
    await response.body?.cancel();
    return fault;
  };
  const { status, headers } = response;
  if (status === 416) {
    // what is here is no beginning of what is there
    await Deno.truncate(partial, 0);
    throw await refuse(new TransferFault("the part that was here does not fit", { passing: true }));
  }
  if (!response.ok) {
    const passing = status >= 500 || status === 408 || status === 429;
    const what = status === 404 || status === 410 ? "there is no such file" : "the server refuses";
    throw await refuse(
      new TransferFault(`${what} (${status} ${response.statusText})`, { passing }),
    );
  }
  if (headers.get("content-type")?.includes("text/html")) throw await refuse(htmlInstead(file));
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const at = status === 206 ? Number(range?.[1]) : 0;
  if (at !== start && at !== 0) {
    throw await refuse(
      new TransferFault(`the server sent another part than asked for`, { passing: false }),
    );
  }
  const announced = status === 206
    ? range?.[2] === "*" ? undefined : Number(range?.[2])
    : headers.has("content-length")
    ? Number(headers.get("content-length"))
    : undefined;
  if (announced !== undefined && file.bytes !== undefined && announced !== file.bytes) {
    throw await refuse(wrongLength(file, String(announced)));
  }
  return { at, total: file.bytes ?? announced };
}

async function remember(response: Response, url: string, path: string): Promise<void> {
  const etag = response.headers.get("etag");
  const validator = etag !== null && !etag.startsWith("W/")
    ? etag
    : response.headers.get("last-modified");
  if (validator === null) await removeIfThere(path);
  else await Deno.writeTextFile(path, JSON.stringify({ url, validator } satisfies Origin));
}

async function readOrigin(path: string): Promise<Origin | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    // without it, or with half of it, the part is continued unconditionally and the hash decides
    return undefined;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function refuseHtml(first: Uint8Array, file: RemoteFile): void {
  const text = new TextDecoder().decode(first.subarray(0, SNIFFED_BYTES)).trimStart();
  if (text.startsWith("<") && /<(!doctype\s+)?html\b/i.test(text)) throw htmlInstead(file);
}

function htmlInstead(file: RemoteFile): TransferFault {
  return new TransferFault(
    `a web page came instead of ${file.name} (a login, a consent, or an error page)`,
    { passing: false },
  );
}

function wrongLength(file: RemoteFile, found: string): TransferFault {
  return new TransferFault(
    `the file there has ${found} bytes, the official one has ${file.bytes}`,
    { passing: false },
  );
}

function cut(written: number, total: number | undefined): TransferFault {
  const of = total === undefined ? "" : ` of ${total}`;
  return new TransferFault(`the connection was cut after ${written}${of} bytes`, { passing: true });
}

/** What a failed request means; the disk's own errors stay what they are. */
function asFault(
  error: unknown,
  { stalled, written, total }: { stalled: boolean; written: number; total: number | undefined },
): unknown {
  if (error instanceof TransferFault) return error;
  if (stalled) return new TransferFault("the connection stalled", { passing: true });
  if (!(error instanceof TypeError)) return error;
  const { message } = error;
  if (/redirects/.test(message)) {
    return new TransferFault("its redirects go round in a circle", { passing: false });
  }
  if (/redirect|invalid url/i.test(message)) {
    return new TransferFault("it redirects to what is no http address", { passing: false });
  }
  if (/body/.test(message)) return cut(written, total);
  const cause = error.cause instanceof Error ? error.cause.message : message;
  return new TransferFault(`it cannot be reached (${cause})`, { passing: true });
}
