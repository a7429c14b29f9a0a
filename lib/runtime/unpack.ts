import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { startProgress } from "../progress/mod.ts";
import { ENDS_WITH_US, type Python } from "./python.ts";
import type { Wheel } from "./wheels.ts";

const SCRIPT = fileURLToPath(new URL("./unpack_wheel.py", import.meta.url));

/**
 * Unpacks what is kept of a wheel below `folder`.
 *
 * @throws {Error} When the file is damaged or the disk full
 */
export async function unpackWheel(
  { wheel, file, folder, python }: { wheel: Wheel; file: string; folder: string; python: Python },
) {
  const child = new Deno.Command(python.command, {
    args: [
      "-I",
      ...ENDS_WITH_US,
      SCRIPT,
      file,
      folder,
      ...wheel.keep.map((prefix) => `${wheel.root}/${prefix}`),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const progress = startProgress(`Unpacking ${wheel.name}`, wheel.unpackedMB, { unit: "MB" });
  try {
    const errors = new Response(child.stderr).text();
    for await (const line of createInterface({ input: Readable.fromWeb(child.stdout as never) })) {
      progress.update(Math.round(Number(line) / 1e6));
    }
    const { success } = await child.status;
    if (!success) {
      throw new Error(
        `${wheel.name} ${wheel.version} could not be unpacked into ${folder}: ${
          (await errors).trim()
        }. Check that the disk is not full, and run this again.`,
      );
    }
    await errors;
    progress.update(wheel.unpackedMB);
  } finally {
    progress.finish();
  }
}
