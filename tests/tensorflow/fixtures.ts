/** Running a kernel on the inputs of a fixture that tests/oracles/kernels.py made, and comparing with its results. */
import { assert } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { decodeSafetensors, type StoredTensor } from "../../lib/formats/mod.ts";
import { tf, valueAndGradients } from "../../lib/tensorflow/mod.ts";

/** One case of a fixture. */
export interface KernelCase<Options> {
  name: string;
  options: Options;
  /** The inputs by name, in our layout. */
  inputs: Map<string, StoredTensor>;
  /** PyTorch's result of that name: `value`, `gradient.x`, ... */
  expected: (name: string) => StoredTensor;
}

/** Relative to the largest number of a tensor, or to 1, the size of a sum's terms: float32's 6e-8 and a few hundred terms. */
const TOLERANCE = 2e-6;

function readFixture(file: string) {
  const url = new URL(`../fixtures/kernels/${file}.safetensors`, import.meta.url);
  return decodeSafetensors(Deno.readFileSync(url));
}

/** A tensor of a fixture file that is no input of a gradient. */
export function storedTensor(file: string, name: string): StoredTensor {
  return readFixture(file).tensors.get(name)!;
}

/** The cases of a fixture file. */
export function kernelCases<Options>(file: string): KernelCase<Options>[] {
  const { tensors, metadata } = readFixture(file);
  const cases = JSON.parse(metadata["cases"]!) as Record<
    string,
    { inputs: Record<string, string>; options: Options }
  >;
  return Object.entries(cases).map(([name, { inputs, options }]) => ({
    name,
    options,
    inputs: new Map(Object.entries(inputs).map(([key, source]) => [key, tensors.get(source)!])),
    expected: (key) => tensors.get(`${name}.${key}`)!,
  }));
}

/**
 * Compares value and all gradients of `f` with the case's, and that the number of tensors is what it was.
 *
 * @param f Takes the inputs in the order of the case
 */
export function assertEqualsPyTorch<Options>(
  { name, inputs, expected }: KernelCase<Options>,
  f: (...inputs: Tensor[]) => Tensor,
): void {
  const xs = [...inputs.values()].map(({ data, shape }) =>
    tf.tensor(data as Float32Array, shape, "float32")
  );
  const before = tf.memory().numTensors;
  const { value, gradients } = valueAndGradientsOf(f, xs);
  assertClose(`${name}: value`, value, expected("value"));
  [...inputs.keys()].forEach((key, i) =>
    assertClose(`${name}: gradient by ${key}`, gradients[i]!, expected(`gradient.${key}`))
  );
  tf.dispose([value, ...gradients]);
  const leaked = tf.memory().numTensors - before;
  assert(leaked === 0, `${name}: ${leaked} tensors more than before`);
  tf.dispose(xs);
}

/** Value and gradients as the oracle took them: of the sum of value * cos(flat index). */
export function valueAndGradientsOf(f: (...inputs: Tensor[]) => Tensor, xs: Tensor[]) {
  return tf.tidy(() => {
    let value: Tensor | undefined;
    const { gradients } = valueAndGradients(() => {
      const y = f(...xs);
      value = tf.keep(y.clone());
      const dy = tf.tensor(Float32Array.from({ length: y.size }, (_, i) => Math.cos(i)), y.shape);
      return y.mul(dy).sum();
    }, xs);
    return { value: value!, gradients };
  });
}

/** Fails when a tensor's shape differs from PyTorch's, or a number by more than the tolerance. */
export function assertClose(
  what: string,
  tensor: Tensor,
  expected: StoredTensor,
  tolerance = TOLERANCE,
): void {
  assert(
    tensor.shape.join() === expected.shape.join(),
    `${what}: shape [${tensor.shape}], wanted [${expected.shape}]`,
  );
  const ours = tensor.dataSync();
  const wanted = expected.data as Float32Array;
  const size = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const differences = wanted.map((x, i) => Math.abs(x - ours[i]!));
  const difference = differences.reduce((most, d) => d > most || Number.isNaN(d) ? d : most, 0);
  assert(difference <= tolerance * size, `${what}: off by ${difference} of ${size}`);
}
