// Imports flow one way: which room of lib/ may use which. Reading this table is reading the architecture.
import { assert, assertEquals } from "@std/assert";
import { join, relative } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";

/** The rooms that each room may import from; every room may import from itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  files: [],
  progress: [],
  formats: [],
  random: [],
  evaluation: [],
  runtime: ["files", "progress"],
  jupyter: ["files", "runtime", "progress"],
  tensorflow: ["runtime", "progress", "files"],
  losses: ["tensorflow", "random"],
  layers: ["tensorflow", "random"],
  models: ["tensorflow", "layers", "random"],
  corruptions: ["random"],
  datasets: ["files", "formats", "random", "progress", "corruptions"],
  attacks: ["tensorflow", "models", "evaluation", "random", "progress", "files", "formats"],
  trials: ["files", "progress", "losses"],
  experiments: ["trials", "stages", "datasets"],
  training: [
    "tensorflow",
    "losses",
    "layers",
    "models",
    "datasets",
    "files",
    "formats",
    "random",
    "progress",
  ],
  continual: [
    "tensorflow",
    "losses",
    "layers",
    "models",
    "datasets",
    "evaluation",
    "training",
    "files",
    "random",
    "progress",
  ],
  stages: [
    "attacks",
    "continual",
    "training",
    "tensorflow",
    "losses",
    "layers",
    "models",
    "datasets",
    "corruptions",
    "evaluation",
    "files",
    "random",
    "progress",
    "runtime",
    "trials",
  ],
  reproduction: ["trials", "stages", "experiments", "datasets", "files", "progress", "runtime"],
  reporting: [
    "files",
    "corruptions",
    "trials",
    "experiments",
    "reproduction",
    "datasets",
    "evaluation",
    "progress",
    "random",
  ],
};

/** The rooms whose types a room may use beside these: what a trial is composed of belongs to those who do it. */
const MAY_USE_TYPES_OF: Record<string, readonly string[]> = {
  trials: ["training", "continual"],
  experiments: ["training", "losses"],
  reproduction: ["training"],
  reporting: ["losses", "models"],
};

/** The rooms that a room may load beside these, but only where it uses them: `await import(...)`. */
const MAY_LOAD: Record<string, readonly string[]> = {
  // what computes: Table 1, Table 2, the picture of the losses, the claims on losses alone
  reporting: ["tensorflow", "losses", "models"],
};

interface Edge {
  from: string;
  to: string;
  typeOnly: boolean;
  /** Loaded only when it is asked for: `await import(...)`. */
  isDynamic: boolean;
}

const project = fromFileUrl(new URL("../", import.meta.url));

Deno.test("lib/ imports flow one way between rooms", async () => {
  const wrong = (await edges())
    .filter(({ from }) => roomOf(from) !== "cli")
    .filter(({ from, to, isDynamic, typeOnly }) => {
      const [room, used] = [roomOf(from), roomOf(to)];
      const allowed = [
        ...MAY_IMPORT[room] ?? [],
        ...(isDynamic ? MAY_LOAD[room] ?? [] : []),
        ...(typeOnly ? MAY_USE_TYPES_OF[room] ?? [] : []),
      ];
      return room !== used && !allowed.includes(used);
    })
    .map(({ from, to }) => `${from} imports ${to}`);
  assertEquals(wrong, []);
});

Deno.test("rooms are entered through their mod.ts, or for names alone through names.ts", async () => {
  const wrong = (await edges())
    .filter(({ from, to }) => roomOf(from) !== roomOf(to) && !/\/(mod|names)\.ts$/.test(to))
    .filter(({ to }) => roomOf(to) !== "cli")
    .map(({ from, to }) => `${from} imports ${to}`);
  assertEquals(wrong, []);
});

Deno.test("what plans, stores and draws does not load TensorFlow", async () => {
  const all = (await edges()).filter(({ typeOnly, isDynamic }) => !typeOnly && !isDynamic);
  const rooms = ["reporting", "trials", "stages", "experiments", "reproduction", "evaluation"];
  for (const room of rooms) {
    const reached = reachable(`lib/${room}/mod.ts`, all);
    assertEquals(
      [...reached].filter((module) => module.startsWith("lib/tensorflow/")),
      [],
      `lib/${room} reaches TensorFlow`,
    );
  }
});

Deno.test("TensorFlow.js is loaded in one place: an error of another import would be lost while stderr is caught", async () => {
  const found: string[] = [];
  for (const path of modulesIn(join(project, "lib"))) {
    const text = await Deno.readTextFile(path);
    const statics = text.matchAll(/^import (?!type\b)[^;]*?"(@tensorflow\/[^"]+)"/gm);
    for (const [, name] of statics) found.push(`${relative(project, path)}: ${name}`);
  }
  assertEquals(found, ["lib/tensorflow/load.ts: @tensorflow/tfjs-node-gpu/package.json"]);
});

Deno.test("no file of lib/ imports itself by way of others", async () => {
  const all = (await edges()).filter(({ isDynamic }) => !isDynamic);
  const circles = [...new Set(all.map(({ from }) => from))]
    .filter((file) => {
      const next = all.filter(({ from }) => from === file).map(({ to }) => to);
      return next.some((to) => reachable(to, all).has(file));
    });
  assertEquals(circles, []);
});

Deno.test("the table of rooms names every folder of lib/", () => {
  const folders = Array.from(Deno.readDirSync(join(project, "lib")))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  assertEquals(folders.sort(), [...Object.keys(MAY_IMPORT), "cli"].sort());
});

function roomOf(module: string): string {
  return module.split("/")[1]!;
}

function reachable(start: string, all: readonly Edge[]): Set<string> {
  const found = new Set<string>();
  const open = [start];
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    if (found.has(module)) continue;
    found.add(module);
    for (const { from, to } of all) if (from === module) open.push(to);
  }
  return found;
}

let known: Promise<Edge[]> | undefined;

/** Every import between two modules of lib/, as `deno info` resolves them. */
function edges(): Promise<Edge[]> {
  return known ??= readEdges();
}

function modulesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? modulesIn(path) : name.endsWith(".ts") ? [path] : [];
  });
}

async function readEdges(): Promise<Edge[]> {
  const modules = modulesIn(join(project, "lib"));
  assert(modules.length > 50, "the modules of lib/ were not found");
  const root = await Deno.makeTempFile({ dir: project, prefix: ".imports_", suffix: ".ts" });
  try {
    await Deno.writeTextFile(root, modules.map((path) => `import "${path}";`).join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", root],
      cwd: project,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return parseEdges(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(root);
  }
}

interface Info {
  modules: {
    specifier: string;
    dependencies?: {
      code?: { specifier: string };
      type?: { specifier: string };
      isDynamic?: boolean;
    }[];
  }[];
}

function parseEdges(text: string): Edge[] {
  const nameOf = (specifier: string) =>
    specifier.startsWith("file:") ? relative(project, fromFileUrl(specifier)) : specifier;
  return (JSON.parse(text) as Info).modules.flatMap(({ specifier, dependencies = [] }) =>
    dependencies.flatMap(({ code, type, isDynamic = false }) => {
      const target = code ?? type;
      if (target === undefined) return [];
      return [{
        from: nameOf(specifier),
        to: nameOf(target.specifier),
        typeOnly: code === undefined,
        isDynamic,
      }];
    })
  ).filter(({ from, to }) => from.startsWith("lib/") && to.startsWith("lib/"));
}
