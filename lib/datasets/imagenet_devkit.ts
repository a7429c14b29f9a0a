import { decodeMat, type MatValue } from "../formats/mod.ts";
import { archiveEntries } from "./archive.ts";
import { readEntry } from "./decode_once.ts";
import { DamagedDataError } from "./errors.ts";

/** What the devkit says. */
export interface Devkit {
  /** The WordNet ids of the classes, sorted: class k is the k-th. */
  wnids: string[];
  /** The names of the classes, in the same order. */
  names: string[];
  /** The class of each validation image, in the order of the images' names. */
  validation: Int32Array;
}

const META = "data/meta.mat";
const TRUTH = "data/ILSVRC2012_validation_ground_truth.txt";

/**
 * Reads ImageNet's development kit: `meta.mat`, whose synsets without children are the classes, and the numbers of the
 * validation images' synsets, which are in another order than the classes.
 *
 * @throws {DamagedDataError} when it holds something else
 */
export async function readDevkit(path: string): Promise<Devkit> {
  const members = new Map<string, Uint8Array>();
  for await (const entry of archiveEntries(path)) {
    const name = [META, TRUTH].find((one) => entry.path.endsWith(`/${one}`));
    if (name !== undefined) members.set(name, await readEntry(entry));
  }
  const [meta, truth] = [members.get(META), members.get(TRUTH)];
  if (!meta || !truth) throw new DamagedDataError(path, `wanted ${META} and ${TRUTH} in it`);
  const leaves = synsetsOf(meta, path).filter(({ children }) => children === 0)
    .sort((a, b) => a.wnid < b.wnid ? -1 : 1);
  const classOf = new Map(leaves.map(({ id }, index) => [id, index]));
  const numbers = new TextDecoder().decode(truth).split("\n").filter((line) => line.trim() !== "");
  const validation = Int32Array.from(numbers, (line) => classOf.get(Number(line)) ?? -1);
  const wrong = validation.indexOf(-1);
  if (wrong >= 0) {
    throw new DamagedDataError(path, `image ${wrong + 1} is of synset ${numbers[wrong]}, no class`);
  }
  return {
    wnids: leaves.map(({ wnid }) => wnid),
    names: leaves.map(({ words }) => words),
    validation,
  };
}

function synsetsOf(meta: Uint8Array, path: string) {
  const refuse = (reason: string): never => {
    throw new DamagedDataError(path, `${META} in it: ${reason}`);
  };
  let synsets: MatValue | undefined;
  try {
    synsets = decodeMat(meta).get("synsets");
  } catch (error) {
    refuse((error as Error).message);
  }
  if (synsets?.kind !== "structs") return refuse("wanted structures named synsets");
  const { fields } = synsets;
  const field = (name: string): MatValue[] => fields[name] ?? refuse(`it has no field ${name}`);
  const number = (value: MatValue | undefined): number =>
    value?.kind === "numbers" ? Number(value.data[0]) : refuse("wanted numbers");
  const text = (value: MatValue | undefined): string =>
    value?.kind === "text" ? value.text : refuse("wanted texts");
  const [ids, children, words] = [field("ILSVRC2012_ID"), field("num_children"), field("words")];
  return field("WNID").map((wnid, i) => ({
    id: number(ids[i]),
    wnid: text(wnid),
    words: text(words[i]),
    children: number(children[i]),
  }));
}
