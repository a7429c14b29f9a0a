/** `deno task gc`: what in the data folder nothing reads any more; removes it where that is asked for. */
import {
  findGarbage,
  type Garbage,
  type GarbageKind,
  garbageKinds,
  removeGarbage,
} from "../reproduction/mod.ts";
import { dataFolder } from "../trials/mod.ts";
import { relative } from "node:path";
import { alignColumns } from "./columns.ts";
import { type Command, command, Option, runCommand, userPath } from "./command.ts";
import { bytes } from "./quantities.ts";

interface GcFlags {
  kind: GarbageKind[];
  delete?: true;
  json?: true;
  data?: string;
}

const kinds = Object.keys(garbageKinds) as GarbageKind[];

/** The command. */
export function gcCommand(): Command {
  const legend = kinds.map((kind) => `${kind}: ${garbageKinds[kind]}`).join("; ");
  return command("gc", "Print what in the data folder nothing reads any more; remove nothing.")
    .addOption(new Option("--kind <kind...>", legend).choices(kinds).default(kinds, "all"))
    .option("--delete", "remove what is printed")
    .option("--json", "print JSON")
    .option(
      "--data <folder>",
      "the folder of results/ and runs/ (default: HEM_DATA, else data)",
      userPath,
    )
    .action(async (flags: GcFlags) => {
      const data = dataFolder(flags.data);
      const found = findGarbage(data).filter(({ kind }) => flags.kind.includes(kind));
      console.log(flags.json ? JSON.stringify(found, null, 2) : describe(found, data));
      if (flags.delete) {
        const removed = await removeGarbage(data, found);
        if (!flags.json && found.length > 0) console.log(`Removed ${removed.length} of them.`);
      } else if (!flags.json && found.length > 0) {
        console.log("Nothing is removed without --delete.");
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
