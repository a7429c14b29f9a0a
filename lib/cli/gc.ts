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

// Results: hours of computing are in them, and another checkout of the project may plan them.
const byName: readonly GarbageKind[] = ["superseded", "unplanned"];

const kinds = Object.keys(garbageKinds) as GarbageKind[];

/** The command. */
function gcCommand(): Command {
  const legend = kinds.map((kind) => `${kind}: ${garbageKinds[kind]}`).join("; ");
  return command("gc", "Print what in the data folder nothing reads any more; remove nothing.")
    .addOption(new Option("--kind <kind...>", `${legend} (default: all)`).choices(kinds))
    .option("--delete", `remove it; results (${byName.join(", ")}) only where --kind names them`)
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
      const isKept = ({ kind }: Garbage) => named === undefined && byName.includes(kind);
      const removable = found.filter((one) => !isKept(one));
      const removed = flags.delete ? await removeGarbage(data, removable) : [];
      if (flags.json || found.length === 0) return;
      console.log(
        flags.delete
          ? `Removed ${removed.length} of them.`
          : "Nothing is removed without --delete.",
      );
      const kept = [...new Set(found.filter(isKept).map(({ kind }) => kind))];
      if (kept.length > 0) {
        console.log(
          `Results (${kept.join(", ")}) are removed only by --kind ${kept.join(" ")} --delete.`,
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
