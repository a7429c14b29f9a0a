// a person does not notice so short a wait, nor a processor so few questions
const MS_BETWEEN_TRIES = 50;

/**
 * Runs `action` while no one else does so with the same lock file, in this process or another; waits for its turn.
 *
 * The lock is the operating system's (flock), which is free again when its process ends, however it ends. The file stays:
 * deleting it would let two processes hold two different files of one name.
 *
 * @param onWait Called once where another one holds the lock
 * @param signal Ends the waiting
 * @throws the signal's reason when it is aborted before the lock is free
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  { onWait, signal }: { onWait?: () => void; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    onWait?.();
    // asked for again and again, since a wait within the system cannot be ended
    while (!await file.tryLock(true)) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_TRIES));
    }
  }
  return await action();
}
