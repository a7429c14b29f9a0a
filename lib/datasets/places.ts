import { basename, join, relative } from "node:path";
import { isThere } from "../files/mod.ts";
import { projectData, rawFolder } from "./raw_folder.ts";
import type { DataSource } from "./source.ts";
import type { PlaceOptions } from "./types.ts";

/*
 * Where the files of a set are looked for. People have data already: in raw/<name>, beside it, or where torchvision was told
 * to put it; as the official files, or unpacked. Links are followed everywhere.
 */

type Layouts = Pick<DataSource, "name" | "unpacked" | "ownUnpacked">;

/** The folder that a set's files are put into, and looked for first. */
export function sourceFolder({ name }: Layouts, { folder, data }: PlaceOptions): string {
  return folder ?? rawFolder(name, data);
}

/** A path as the user would type it: relative where it lies below the working folder. */
export function shown(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** The folders of that set alone: `folder`, or raw/<name> and <name> in the data folder. */
function ownFolders({ name }: Layouts, { folder, data = projectData }: PlaceOptions): string[] {
  return folder !== undefined ? [folder] : [rawFolder(name, data), `${data}/${name}`];
}

/** Where the official files may lie: in `folder` alone, or in the set's own folders in any spelling, raw/ or the data folder itself. */
export function fileFolders(source: DataSource, places: PlaceOptions): string[] {
  const shared = places.folder === undefined ? sharedFolders(places.data) : [];
  return [...new Set([...ownFolders(source, places), ...shared, ...namesakes(source, places)])];
}

/** What has the name of a set in another spelling: "SVHN", "Tiny-ImageNet". */
function namesakes({ name }: Layouts, places: PlaceOptions): string[] {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const shared = places.folder === undefined ? sharedFolders(places.data) : [];
  return shared.flatMap((folder) =>
    listed(folder).filter((entry) => plain(entry) === plain(name)).map((entry) =>
      join(folder, entry)
    )
  );
}

/**
 * Where an unpacked copy may lie: in the layouts of the set, within its own folder or a shared one; or the folder itself,
 * where it is (a link to) a folder of such a layout.
 */
export function copyFolders(source: Layouts, places: PlaceOptions): string[] {
  const { unpacked = [], ownUnpacked = [] } = source;
  // what lies in a shared folder under a name that is not the set's may be another set's
  const shared = places.folder === undefined ? sharedFolders(places.data) : [];
  return [
    ...ownFolders(source, places).flatMap((own) =>
      [...ownUnpacked, ...unpacked].flatMap((layout) => [
        layout === "." ? own : join(own, layout),
        ...withinLayout(own, layout),
      ])
    ),
    ...shared.flatMap((base) => unpacked.map((layout) => join(base, layout))),
  ];
}

/** Where a layout such as "dtd/images" goes on in a folder that is a part of it, such as a link to ".../dtd". */
function withinLayout(folder: string, layout: string): string[] {
  const parts = layout.split("/");
  const last = basename(isThere(folder) ? Deno.realPathSync(folder) : folder);
  return parts.flatMap((part, i) => part === last ? [join(folder, ...parts.slice(i + 1))] : []);
}

/** What lies where a set is looked for and is not taken, with the reason; undefined where there is nothing. */
export function notTaken(source: DataSource, places: PlaceOptions): string | undefined {
  const found = Object.entries(source.notTaken ?? {}).flatMap(([name, why]) =>
    fileFolders(source, places).map((folder) => ({ path: join(folder, name), why }))
  ).find(({ path }) => isThere(path));
  if (found !== undefined) return `${found.path} is not taken: ${found.why}`;
  const own = sourceFolder(source, places);
  const names = listed(own);
  if (names.length === 0) return undefined;
  const wanted = [...source.files.map(({ name }) => name), ...(source.unpacked ?? [])];
  return `${own} holds ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", .." : ""}, ` +
    `and none of what is wanted (${wanted.join(", ")})`;
}

/**
 * What lies under a name of the set, in any spelling, where none of the set was found in it; undefined where there is nothing.
 */
export function emptyNamesake(source: DataSource, places: PlaceOptions): string | undefined {
  const own = ownFolders(source, places);
  const path = [...copyFolders(source, places), ...namesakes(source, places)]
    .find((path) => isThere(path) && !own.includes(path));
  if (path === undefined) return undefined;
  if (!Deno.statSync(path).isDirectory) return `${path} is not taken: a folder is wanted there`;
  const names = listed(path);
  const held = names.length === 0
    ? "nothing"
    : names.slice(0, 3).join(", ") + (names.length > 3 ? ", .." : "");
  const wanted = [...source.files.map(({ name }) => name), ...(source.unpacked ?? [])];
  return `${path} is not taken: it holds ${held}. Wanted are ${wanted.join(", ")} in ${own[0]}`;
}

/** What lies in a folder, without hidden files and those of a download under way. */
function listed(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) =>
        !name.startsWith(".") && !/\.(lock|part|partial|partial\.json|unpacking)$/.test(name)
      ).sort();
  } catch {
    // not there, or not to be read: whoever opens it says so
    return [];
  }
}

/** A link of that name that leads nowhere, where a set is looked for: it is there for people, and not for programs. */
export function brokenLink(source: DataSource, places: PlaceOptions): string | undefined {
  const names = [...source.files.map(({ name }) => name), ...(source.unpacked ?? [])];
  const paths = [
    ...fileFolders(source, places).flatMap((folder) => names.map((name) => join(folder, name))),
    sourceFolder(source, places),
  ];
  return paths.find((path) => basename(path) !== "" && isLink(path) && !isThere(path));
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    // not there, or not to be looked at: whoever opens it says so
    return false;
  }
}

/** The folders in which several sets may lie side by side: torchvision's `root` among them. */
function sharedFolders(data: string = projectData): string[] {
  return [`${data}/raw`, data];
}
