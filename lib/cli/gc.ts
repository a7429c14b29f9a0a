/** `deno task gc`: what in the data folder nothing reads any more; removes it where that is asked for. */
import {
  findGarbage,
  type Garbage,
  type GarbageKind,
  garbageKinds,
  removeGarbage,
} from "../reproduction/mod.ts";
import { relative } from "node:path";
import { alignColumns } from "./columns.ts";
import { type Command, command, Option, runCommand, userFolder } from "./command.ts";
import { bytes } from "./quantities.ts";
import { storedFolder } from "./stored_folder.ts";

interface GcFlags {
  kind?: GarbageKind[];
  delete?: true;
  json?: true;
  data?: string;
}

// Hours of computing may be in them, and another checkout of the project may plan them.
const byName: GarbageKind = "unplanned";

const kinds = Object.keys(garbageKinds) as GarbageKind[];

/** The command. */
export function gcCommand(): Command {
  const legend = kinds.map((kind) => `${kind}: ${garbageKinds[kind]}`).join("; ");
  return command("gc", "Print what in the data folder nothing reads any more; remove nothing.")
    .addOption(new Option("--kind <kind...>", `${legend} (default: all)`).choices(kinds))
    .option("--delete", `remove it; ${byName} only where --kind names it`)
    .option("--json", "print JSON")
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userFolder,
    )
    .action(async ({ kind: named, ...flags }: GcFlags) => {
      const data = storedFolder(flags.data);
      const found = findGarbage(data).filter(({ kind }) => named?.includes(kind) ?? true);
      console.log(flags.json ? JSON.stringify(found, null, 2) : describe(found, data));
      const removable = found.filter(({ kind }) => named !== undefined || kind !== byName);
      const removed = flags.delete ? await removeGarbage(data, removable) : [];
      if (flags.json || found.length === 0) return;
      console.log(
        flags.delete
          ? `Removed ${removed.length} of them.`
          : "Nothing is removed without --delete.",
      );
      if (removable.length < found.length) {
        console.log(
          `Of kind ${byName} are results: they are removed only by --kind ${byName} --delete.`,
        );
      }
    });
}

function describe(found: readonly Garbage[], data: string): string {
  if (found.length === 0) return `Nothing in ${data} is without use.`;
  const total = found.reduce((sum, one) => sum + one.bytes, 0);
  const rows = found.map((one) => [one.kind, bytes(one.bytes), relative(data, one.path)]);
  return `${alignColumns([["kind", "size", `in ${data}`], ...rows])}\n` +
    `${found.length} files and folders, ${bytes(total)}.`;
}

if (import.meta.main) await runCommand(gcCommand());
