import { basename, dirname, join } from "node:path";

/** A lock held by this process; the system releases it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Another process runs the trial. */
export class TrialBusyError extends Error {
  override name = "TrialBusyError";

  /** @param holder Which process that is, where it is known */
  constructor(message: string, readonly holder?: string) {
    super(message);
  }
}

/**
 * Makes sure that files in a folder can be locked.
 *
 * @throws {Error} where its file system has no locks
 */
export function requireLocks(folder: string): void {
  const probe = join(folder, `.probe-${crypto.randomUUID().slice(0, 8)}`);
  using file = Deno.openSync(probe, { createNew: true, write: true });
  try {
    tryLock(file, probe);
  } finally {
    Deno.removeSync(probe);
  }
}

/**
 * Takes the lock of a trial (`runs/<id>/lock`, flock) for this process. The file stays when the lock
 * is released: a file without a holder does not block, and deleting it would let two processes hold
 * two different files of one name. It says who holds it, or held it last.
 *
 * @throws {TrialBusyError} where another process holds it.
 * @throws {Error} where the file system has no locks.
 */
export function lockTrial(runFolder: string): Lock {
  Deno.mkdirSync(runFolder, { recursive: true });
  const path = join(runFolder, "lock");
  const file = Deno.openSync(path, { create: true, write: true, read: true });
  // Whoever only looks whether it runs holds it too, for less than a millisecond.
  for (let tries = 0; !tryLock(file, path); tries++) {
    if (tries < 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    else {
      file.close();
      const holder = readHolder(path);
      throw new TrialBusyError(
        `Cannot run ${basename(runFolder)}: another process runs it (${holder ?? path})`,
        holder,
      );
    }
  }
  writeHolder(file);
  return { release: () => file.close() };
}

/** As `file.tryLockSync()`, with an error that says what to do; it closes the file. */
function tryLock(file: Deno.FsFile, path: string, isExclusive = true): boolean {
  try {
    return file.tryLockSync(isExclusive);
  } catch (error) {
    file[Symbol.dispose]();
    throw new Error(
      `Cannot lock files in ${dirname(path)} (${
        (error as Error).message
      }), without which two processes could run the same ` +
        "trial: choose another --data, or mount its file system with locks (flock)",
    );
  }
}

/** For people alone: nothing depends on what stands there, so that a full disk stops nobody here. */
function writeHolder(file: Deno.FsFile): void {
  try {
    const holder = `process ${Deno.pid} on ${Deno.hostname()} since ${new Date().toISOString()}\n`;
    file.truncateSync();
    file.writeSync(new TextEncoder().encode(holder));
  } catch {
    // Then it is not known.
  }
}

function readHolder(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether some process runs the trial now. Creates nothing.
 *
 * @throws {Error} where the file system has no locks.
 */
export function isTrialRunning(runFolder: string): boolean {
  const path = join(runFolder, "lock");
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
  try {
    // Shared, so that two who only look do not see each other as runners.
    return !tryLock(file, path, false);
  } finally {
    file[Symbol.dispose]();
  }
}
