/** Weights to and from safetensors, in PyTorch's layout and under PyTorch's names. */
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredDtype,
  type StoredTensor,
  toFloat32,
} from "../formats/mod.ts";
import type { Module, StoredVariable } from "../layers/mod.ts";
import { writeAtomically } from "../files/mod.ts";
import { checkNetwork } from "../models/mod.ts";

/**
 * Writes the network's parameters and buffers, so that `load_state_dict(load_file(file))` of the Python packages reads them.
 * The file appears whole or not at all.
 *
 * @throws {TypeError} for anything but a network of this library
 */
export async function saveWeights(
  network: Module,
  file: string,
  metadata: Record<string, string> = {},
): Promise<void> {
  checkNetwork(network, "save the weights of");
  const tensors = await readVariables(network.state());
  for (const [name, tensor] of constantsOf(network)) tensors.set(name, tensor);
  writeAtomically(file, encodeSafetensors(tensors, metadata));
}

/**
 * Fills the network from a file that {@linkcode saveWeights} or PyTorch wrote. Counters such as `num_batches_tracked`,
 * which PyTorch stores and no network here has, are passed over; constants must be the network's own. A prefix that all
 * names share, such as the `module.` of PyTorch's DataParallel, is none of theirs.
 *
 * @throws {TypeError} when the file is damaged, a name is missing or not known, or a shape, type or constant differs, or a
 *   weight is not finite; the network is then unchanged
 */
export async function loadWeights(network: Module, file: string): Promise<void> {
  checkNetwork(network, "load weights into");
  const bytes = await Deno.readFile(file);
  try {
    const tensors = withoutPrefix(
      decodeSafetensors(bytes).tensors,
      new Set(network.state().keys()),
    );
    for (const name of tensors.keys()) {
      if (name.endsWith(".num_batches_tracked")) tensors.delete(name);
    }
    for (const [name, constant] of constantsOf(network)) {
      if (!isSame(tensors.get(name), constant)) {
        throw new TypeError(`${name} is missing or not what the network computes with`);
      }
      tensors.delete(name);
    }
    checkFinite(tensors);
    assignVariables(network.state(), tensors);
  } catch (error) {
    throw new TypeError(`Cannot load ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws {TypeError} naming the first tensor that is not finite: a ReLU would hide it, and the network give numbers */
export function checkFinite(tensors: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, tensor] of tensors) {
    const wrong = toFloat32(tensor)?.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new TypeError(`${name} holds ${wrong}; did it diverge?`);
  }
}

/**
 * The tensors under their names without what stands before all of them and ends with a full stop: so much of it as leaves the most
 * names that are wanted.
 */
function withoutPrefix(
  tensors: ReadonlyMap<string, StoredTensor>,
  wanted: ReadonlySet<string>,
): Map<string, StoredTensor> {
  const names = [...tensors.keys()];
  const words = names[0]?.split(".") ?? [];
  const prefixes = words.map((_, count) => words.slice(0, count).map((word) => `${word}.`).join(""))
    .filter((prefix) => names.every((name) => name.startsWith(prefix)));
  const found = (prefix: string) =>
    names.filter((name) => wanted.has(name.slice(prefix.length))).length;
  const best = prefixes.toSorted((a, b) => found(b) - found(a))[0] ?? "";
  return new Map([...tensors].map(([name, tensor]) => [name.slice(best.length), tensor]));
}

/** The numbers that PyTorch stores beside the variables. */
function constantsOf(network: Module): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { shape, data }] of network.constants()) {
    const dtype = data instanceof Float32Array ? "F32" : "I64";
    tensors.set(name, { dtype, shape: [...shape], data });
  }
  return tensors;
}

/** Float32's rounding of numbers of about 1 that another program computed. */
const ROUNDING = 1e-6;
/** What storing a number in so few bits changes it by, as a share of it. */
const STORED_ROUNDING: Partial<Record<StoredDtype, number>> = { F16: 2 ** -11, BF16: 2 ** -8 };

/** Whether a file has a constant: integers to the last, floats of any type up to rounding. */
function isSame(found: StoredTensor | undefined, wanted: StoredTensor): boolean {
  if (found?.shape.join() !== wanted.shape.join()) return false;
  const [floats, own] = [toFloat32(found), toFloat32(wanted)];
  if (floats === undefined || own === undefined) {
    const isOwn = (value: number | bigint, i: number) => Number(value) === Number(wanted.data[i]);
    return floats === own && found.data.every(isOwn);
  }
  const share = STORED_ROUNDING[found.dtype] ?? 0;
  return floats.every((value, i) =>
    Math.abs(value - own[i]!) <= ROUNDING + share * Math.abs(own[i]!)
  );
}

/** Copies variables to JavaScript, in PyTorch's layout. */
export async function readVariables(
  variables: ReadonlyMap<string, StoredVariable>,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, variable] of variables) {
    const shape = [...variable.layout.pyTorchShape];
    tensors.set(name, { dtype: "F32", shape, data: await variable.readPyTorch() });
  }
  return tensors;
}

// Of another network all names may be wrong.
const MOST_NAMES = 10;

function fewOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/**
 * Fills variables from tensors of any float type.
 *
 * @throws {TypeError} before anything is changed, when names or shapes differ, or a tensor's numbers are integers
 */
export function assignVariables(
  variables: ReadonlyMap<string, StoredVariable>,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  assignValues(valuesFor(variables, tensors));
}

/** Fills variables from values in PyTorch's layout. */
export function assignValues(values: ReadonlyMap<StoredVariable, Float32Array>): void {
  for (const [variable, floats] of values) variable.assignPyTorch(floats);
}

/**
 * What tensors of any float type have for variables, in PyTorch's layout.
 *
 * @throws {TypeError} when names or shapes differ, or a tensor's numbers are integers
 */
export function valuesFor(
  variables: ReadonlyMap<string, StoredVariable>,
  tensors: ReadonlyMap<string, StoredTensor>,
): Map<StoredVariable, Float32Array> {
  const refuse = (message: string) => {
    throw new TypeError(message);
  };
  const missing = [...variables.keys()].filter((name) => !tensors.has(name));
  const unknown = [...tensors.keys()].filter((name) => !variables.has(name));
  if (missing.length > 0) refuse(`it has no ${fewOf(missing)}`);
  if (unknown.length > 0) refuse(`the network has no ${fewOf(unknown)}`);
  const values = new Map<StoredVariable, Float32Array>();
  for (const [name, variable] of variables) {
    const { layout } = variable;
    const { dtype, shape } = tensors.get(name)!;
    const floats = toFloat32(tensors.get(name)!);
    if (floats === undefined || shape.join() !== layout.pyTorchShape.join()) {
      refuse(`${name} is ${dtype} [${shape}], wanted floats [${layout.pyTorchShape}]`);
    }
    values.set(variable, floats!);
  }
  return values;
}
