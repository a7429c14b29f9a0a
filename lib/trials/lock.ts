import { basename, join } from "node:path";

/** A lock held by this process; the system releases it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Another process runs the trial. */
export class TrialBusyError extends Error {
  override name = "TrialBusyError";
}

/**
 * Takes the lock of a trial (`runs/<id>/lock`, flock) for this process. The file stays when the lock
 * is released: a file without a holder does not block, and deleting it would let two processes hold
 * two different files of one name.
 *
 * @throws {TrialBusyError} where another process holds it.
 */
export function lockTrial(runFolder: string): Lock {
  Deno.mkdirSync(runFolder, { recursive: true });
  const file = Deno.openSync(join(runFolder, "lock"), {
    create: true,
    write: true,
    read: true,
  });
  // Whoever only looks whether it runs holds it too, for less than a millisecond.
  for (let tries = 0; !file.tryLockSync(true); tries++) {
    if (tries < 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    else {
      file.close();
      throw new TrialBusyError(`Cannot run ${basename(runFolder)}: another process runs it`);
    }
  }
  return { release: () => file.close() };
}

/** Whether some process runs the trial now. Creates nothing. */
export function isTrialRunning(runFolder: string): boolean {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(join(runFolder, "lock"), { read: true });
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
  try {
    // Shared, so that two who only look do not see each other as runners.
    return !file.tryLockSync(false);
  } finally {
    file.close();
  }
}
