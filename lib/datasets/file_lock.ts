import { log } from "../progress/mod.ts";

/**
 * Runs `action` while no other process does so with the same lock file; waits for its turn, and says so.
 *
 * The lock is the operating system's (flock), which is free again when its process ends, however it ends. The file
 * stays: deleting it would let two processes hold two different files of one name.
 */
export async function withFileLock<T>(
  path: string,
  waiting: string,
  action: () => Promise<T>,
): Promise<T> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    log(waiting);
    await file.lock(true);
  }
  return await action();
}
