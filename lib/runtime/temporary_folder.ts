import { join } from "node:path";
import { cleaningUp } from "./ending.ts";

const PREFIX = "hem-";
// Held by the folder's process, by the system's own lock, which is free when the process has gone, however it went.
const HELD = "held";

/** A folder for what is needed only now. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it. */
  remove(): void;
}

/** Makes a folder in the system's temporary one, and removes those there whose processes were killed. */
export function makeTemporaryFolder(): TemporaryFolder {
  sweep();
  const path = Deno.makeTempDirSync({ prefix: PREFIX });
  // Named only when it is locked, so that nobody meets it before.
  const file = Deno.openSync(join(path, `${HELD}.new`), { create: true, write: true });
  file.lockSync(true);
  Deno.renameSync(join(path, `${HELD}.new`), join(path, HELD));
  return {
    path,
    remove() {
      Deno.removeSync(path, { recursive: true });
      file.close();
    },
  };
}

/** Runs `action` with a temporary folder that is gone afterwards, also where a signal ends this program. */
export async function withTemporaryFolder<T>(action: (path: string) => Promise<T>): Promise<T> {
  const folder = makeTemporaryFolder();
  let isThere = true;
  const remove = () => {
    if (isThere) folder.remove();
    isThere = false;
  };
  // It is removed while signals are still listened to: one that comes just then would end this program before.
  return await cleaningUp(remove, async () => {
    try {
      return await action(folder.path);
    } finally {
      remove();
    }
  });
}

function sweep(): void {
  const temporary = temporaryPlace();
  for (const { name, isDirectory } of Deno.readDirSync(temporary)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    const path = join(temporary, name);
    try {
      using file = Deno.openSync(join(path, HELD), { write: true });
      if (file.tryLockSync(true)) Deno.removeSync(path, { recursive: true });
    } catch {
      // Another user's, another program's, or gone meanwhile.
    }
  }
}

/** As `Deno.makeTempDir` chooses it. */
function temporaryPlace(): string {
  return ["TMPDIR", "TMP", "TEMP"].map((name) => Deno.env.get(name)).find(Boolean) ?? "/tmp";
}
