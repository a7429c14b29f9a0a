import { join } from "node:path";
import { isThere } from "../files/mod.ts";
import { copyFolders, emptyNamesake, sourceFolder } from "./places.ts";
import { type DataSource, hashOf } from "./source.ts";
import { findOfficial, treeOf, whyNotTaken } from "./source_files.ts";
import type { RemoteFile } from "./transfer.ts";
import type { Origin, PlaceOptions } from "./types.ts";
import { unpackedAs } from "./unpack.ts";
import { findDamage } from "./verify.ts";

/** What is on this machine of a data set. */
export interface SourceState {
  /**
   * "partial": test images are there, all or their first, which is enough for unknown classes and for some trials; or training
   * images without any, which is enough for nothing yet.
   */
  state: "present" | "partial" | "missing" | "damaged";
  /** Bytes of its files that are there. */
  bytes: number;
  /** What is wrong, or incomplete, where something is. */
  reason?: string;
  /** In which form it was found, and where. */
  form?: Origin["form"];
  found?: string;
  /** What was compared with what is official. */
  checked?: string;
  /** Where it is partial: whether its training images are there, and how many of its test images if not all. */
  train?: boolean;
  testImages?: number;
}

/** What is there of a set: by names and, where they are known, lengths, or by hashes with `verify`. */
export async function sourceState(
  source: DataSource,
  { verify = false, ...places }: PlaceOptions & { verify?: boolean } = {},
): Promise<SourceState> {
  const own = sourceFolder(source, places);
  let bytes = 0;
  const lacking: string[] = [], damages: string[] = [], found: string[] = [];
  const copies = new Set<string>();
  let compared = verify ? "hash of each file" : "lengths";
  for (const file of source.files) {
    const path = findOfficial(source, file, places) ?? join(own, file.name);
    const unpacked = await unpackedAs(treeOf(path));
    if (unpacked?.hash === hashOf(file)) {
      found.push(treeOf(path));
      bytes += unpacked.bytes;
    } else if (isThere(path)) {
      found.push(path);
      bytes += (await Deno.stat(path)).size;
      if (!verify && file.bytes === undefined) compared = "names";
      const damage = await findDamage(path, verify ? file : { ...lengthOf(file) });
      if (damage !== undefined) damages.push(`${file.name}: ${damage}`);
    } else {
      const folder = instead(source, file, places);
      if (folder === undefined) lacking.push(file.name);
      else copies.add(folder);
    }
  }
  if (damages.length === 0 && lacking.length === 0 && source.many === undefined) {
    const form = copies.size > 0 ? "unpacked copy" : "official file";
    const checked = copies.size > 0 ? "names" : compared;
    return { state: "present", bytes, form, found: [...found, ...copies].join(", "), checked };
  }
  const others = damages.length > 0 ? found : [];
  const copy = await copyState(source, others, { verify, ...places });
  if (copy !== undefined) return copy;
  if (damages.length > 0) {
    return { state: "damaged", bytes, reason: damages.join("; "), found: found.join(", ") };
  }
  const reason = 0 < lacking.length && lacking.length < source.files.length
    ? `without ${lacking.join(", ")}`
    : whyNotTaken(source, places) ?? emptyNamesake(source, places);
  return { state: "missing", bytes, ...(reason !== undefined && { reason }) };
}

/** The folder in which a copy in another form does instead of a file. */
function instead(source: DataSource, file: RemoteFile, places: PlaceOptions): string | undefined {
  return [sourceFolder(source, places), ...copyFolders(source, places)]
    .find((folder) => source.instead?.(file, folder));
}

/** What there is of an unpacked copy of the user's own, or of archives that are not the official ones. */
async function copyState(
  source: DataSource,
  archives: readonly string[],
  { verify, ...places }: PlaceOptions & { verify: boolean },
): Promise<SourceState | undefined> {
  for (const folder of [...copyFolders(source, places), ...archives]) {
    const copy = isThere(folder)
      ? await source.inspectCopy?.(folder, { verify, ...places })
      : undefined;
    if (copy === undefined) continue;
    const { damage, lacking, bytes, checked, train, testImages } = copy;
    const found = { bytes, checked, found: folder, form: "unpacked copy" } as const;
    if (damage !== undefined) return { ...found, state: "damaged", reason: damage };
    if (lacking.length === 0) return { ...found, state: "present" };
    const reason = `${folder} is without ${lacking.join(", ")}`;
    if (testImages === 0 && !train) return { ...found, state: "missing", reason };
    const held = testImages === "all" ? {} : { testImages };
    return { ...found, state: "partial", reason, train, ...held };
  }
  return undefined;
}

function lengthOf({ bytes }: RemoteFile): { bytes?: number } {
  return bytes === undefined ? {} : { bytes };
}
