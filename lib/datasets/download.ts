import { basename, dirname, join } from "node:path";
import pRetry from "p-retry";
import {
  freeBytes,
  isDiskFull,
  isNotWritable,
  isThere,
  removeIfThere,
  withLock,
} from "../files/mod.ts";
import { log, type Progress, startProgress, stopSignal } from "../progress/mod.ts";
import { partialPaths, type RemoteFile, transfer, TransferFault } from "./transfer.ts";
import { findDamage, verifyFile } from "./verify.ts";

export type { RemoteFile } from "./transfer.ts";

// a request that got on by as much as this was no failure
const PROGRESS_BYTES = 1e6;

/** A download that did not succeed; the message says what every address answered. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/** What `download()` may be told. */
export interface DownloadOptions {
  /** Ends the download; what has come stays, and the next call goes on from there. */
  signal?: AbortSignal;
  /** How often one address is asked again after a passing fault; default: 5. */
  retries?: number;
  /** Milliseconds before the first repetition, which double with each; default: 1000. */
  retryDelay?: number;
  /** After as many seconds without a byte a request is given up; default: 60. */
  stallSeconds?: number;
  /** Show a bar for the file; default: true. */
  showProgress?: boolean;
}

// side by side: enough that a server's delays do not add up, few enough to be polite
const FILES_AT_ONCE = 4;

/**
 * Downloads many small files into a folder, whose names may be paths in it, and returns their paths. Each is as one of
 * `download`: those that are there are checked, not downloaded, so that a call goes on where an earlier one was ended.
 *
 * @throws as `download`, with the first failure, after the files under way
 */
export async function downloadMany(
  files: readonly RemoteFile[],
  folder: string,
  { title, ...options }: DownloadOptions & { title: string },
): Promise<string[]> {
  const progress = startProgress(`Downloading ${title}`, files.length, { unit: "files" });
  const paths: string[] = [];
  let next = 0, done = 0, failure: unknown;
  const work = async () => {
    while (next < files.length && failure === undefined) {
      const i = next++;
      const file = files[i]!;
      try {
        const inner = join(folder, dirname(file.name));
        const own = { ...file, name: basename(file.name) };
        paths[i] = await download(own, inner, { ...options, showProgress: false });
        await removeIfThere(`${paths[i]}.lock`);
        progress.update(++done);
      } catch (error) {
        failure ??= error;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  } finally {
    progress.finish();
  }
  if (failure !== undefined) throw failure;
  return paths;
}

/**
 * Downloads a file into a folder and returns its path.
 *
 * It has that path only when its length and hash are the official ones: until then it is `<name>.partial`, which a later
 * call continues. A file that is already there is checked, not downloaded. Of two processes that download the same file,
 * one waits for the other.
 *
 * @throws {DownloadError} when no address gives the file, the disk is full, or the folder cannot be written to
 * @throws {DamagedDataError} when a file of that name is there and is another one
 * @throws the signal's reason when it is aborted
 *
 * ```ts
 * await download({ name: "a.zip", urls: ["https://example.org/a.zip"], sha256 }, "data/raw/a");
 * ```
 */
export async function download(
  file: RemoteFile,
  folder: string,
  { signal, ...others }: DownloadOptions = {},
): Promise<string> {
  using stop = stopSignal(signal);
  const options = { ...others, signal: stop.signal };
  const path = join(folder, file.name);
  try {
    await Deno.mkdir(folder, { recursive: true });
    return await withLock(`${path}.lock`, async () => {
      if (isThere(path)) await verifyFile(path, file, options.signal);
      else await downloadTo(path, file, folder, options);
      return path;
    }, {
      onWait: () => log(`Another process downloads ${file.name}: waiting for it.`),
      signal: options.signal,
    });
  } catch (error) {
    if (isDiskFull(error)) throw await diskFull(file, folder);
    if (!isNotWritable(error)) throw error;
    throw new DownloadError(
      `Cannot download ${file.name}: ${folder} cannot be written to (${
        (error as Error).message
      }). Change its permissions, or choose another data folder`,
    );
  }
}

async function downloadTo(
  path: string,
  file: RemoteFile,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  await downloadFrom(file.urls, file, folder, options);
  const { partial, origin } = partialPaths(file, folder);
  await Deno.rename(partial, path);
  await removeIfThere(origin);
}

/** Fills and checks the partial file from the first address that gives it. */
async function downloadFrom(
  urls: readonly string[],
  file: RemoteFile,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  const failures: string[] = [];
  for (const url of urls) {
    try {
      return await downloadOne(url, file, folder, options);
    } catch (error) {
      if (!(error instanceof TransferFault)) throw error;
      failures.push(`${url}: ${error.message}`);
    }
  }
  throw new DownloadError(
    `Cannot download ${file.name}: ${failures.join("; ")}. ` +
      "Check the network and run this again: it goes on from what has come. " +
      `Or put the file into ${folder} yourself`,
  );
}

async function downloadOne(
  url: string,
  file: RemoteFile,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  const resumed = await repeatTransfer(url, file, folder, options);
  let damage = await damageOf(file, folder, options);
  if (damage !== undefined && resumed) {
    log(`${file.name} was put together from parts and is damaged: downloading it anew.`);
    await discard(file, folder);
    await repeatTransfer(url, file, folder, options);
    damage = await damageOf(file, folder, options);
  }
  if (damage === undefined) return;
  await discard(file, folder);
  throw new TransferFault(`what came is not the official file: ${damage}`, { passing: false });
}

async function repeatTransfer(
  url: string,
  file: RemoteFile,
  folder: string,
  { signal, retries = 5, retryDelay = 1000, stallSeconds = 60, showProgress = true }:
    DownloadOptions,
): Promise<boolean> {
  let progress: Progress | undefined;
  const { partial } = partialPaths(file, folder);
  let parts = 0, gained = 0;
  let furthest = isThere(partial) ? (await Deno.stat(partial)).size : 0;
  try {
    return await pRetry(async () => {
      parts++;
      gained = 0;
      const { resumed } = await transfer(file, url, folder, {
        stallSeconds,
        onBytes: (bytes, total = bytes) => {
          gained += Math.max(0, bytes - furthest);
          furthest = Math.max(furthest, bytes);
          if (!showProgress) return;
          progress ??= startProgress(`Downloading ${file.name}`, wholeMegabytes(total), {
            unit: "MB",
          });
          progress.update(wholeMegabytes(bytes));
        },
        ...(signal ? { signal } : {}),
      });
      return resumed;
    }, {
      retries,
      minTimeout: retryDelay,
      ...(signal ? { signal } : {}),
      shouldRetry: ({ error }) => error instanceof TransferFault && error.passing,
      // a long download may be cut any number of times, as long as it gets on
      shouldConsumeRetry: () => gained < PROGRESS_BYTES,
      onFailedAttempt: ({ error, retriesLeft }) => {
        const again = error instanceof TransferFault && error.passing && retriesLeft > 0;
        if (again) log(`${file.name}: ${error.message}; trying again.`);
      },
    });
  } finally {
    progress?.finish(parts > 1 ? `${parts} requests` : "");
  }
}

async function damageOf(
  file: RemoteFile,
  folder: string,
  { signal, showProgress = true }: DownloadOptions,
): Promise<string | undefined> {
  const { partial } = partialPaths(file, folder);
  const { size } = await Deno.stat(partial);
  const progress = showProgress
    ? startProgress(`Checking ${file.name}`, wholeMegabytes(size), { unit: "MB" })
    : undefined;
  try {
    return await findDamage(partial, file, {
      onBytes: (bytes) => progress?.update(wholeMegabytes(bytes)),
      ...(signal ? { signal } : {}),
    });
  } finally {
    progress?.finish();
  }
}

async function discard(file: RemoteFile, folder: string): Promise<void> {
  const { partial, origin } = partialPaths(file, folder);
  await removeIfThere(partial);
  await removeIfThere(origin);
}

async function diskFull(file: RemoteFile, folder: string): Promise<DownloadError> {
  const size = file.bytes === undefined ? "" : ` of ${megabytes(file.bytes)} MB`;
  return new DownloadError(
    `Cannot download ${file.name}${size} into ${folder}: the disk is full (${
      megabytes(await freeBytes(folder))
    } MB are free). Free some space and run this again: it goes on from what has come`,
  );
}

/** Whole megabytes, begun ones counted: what the bars show. */
function wholeMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6 * 10) / 10;
}
