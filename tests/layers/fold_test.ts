/** Batch normalisation that the convolution after it takes up, against PyTorch's two layers one after the other. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { BatchNorm, Convolution, Initialiser, type Module } from "../../lib/layers/mod.ts";
import { type Activation, tf } from "../../lib/tensorflow/mod.ts";
import {
  assertClose,
  kernelCases,
  storedTensor,
  valueAndGradientsOf,
} from "../tensorflow/fixtures.ts";

const cases = kernelCases<{
  training: boolean;
  maxPool: number | null;
  activation: Activation;
  channels: number;
}>("folded");

for (const { name, options, inputs, expected } of cases) {
  const { training, maxPool, activation, channels } = options;

  Deno.test(`BatchNorm.forwardUnapplied() and Convolution.forwardAffine() equal PyTorch: ${name}`, () => {
    const data = (key: string) => inputs.get(key)!.data as Float32Array;
    const norm = new BatchNorm(channels);
    const convolution = new Convolution(channels, 4, 3, {
      activation,
      ...(maxPool === null ? {} : { maxPool }),
      initialiser: new Initialiser(0),
    });
    parameter(norm, "weight").assign(data("gamma"));
    parameter(norm, "bias").assign(data("beta"));
    norm.buffers().get("running_mean")!.assign(stored(`mean.${channels}`));
    norm.buffers().get("running_var")!.assign(stored(`variance.${channels}`));
    parameter(convolution, "weight").assign(data("filter"));
    parameter(convolution, "bias").assign(data("bias"));
    const x = tf.tensor(data("x"), inputs.get("x")!.shape, "float32");
    const xs: Record<string, Tensor> = {
      x,
      gamma: parameter(norm, "weight").value,
      beta: parameter(norm, "bias").value,
      filter: parameter(convolution, "weight").value,
      bias: parameter(convolution, "bias").value,
    };
    // Values of the buffers are read once before and once after, so that both counts hold them.
    [...norm.buffers().values()].forEach((buffer) => buffer.value);
    const before = tf.memory().numTensors;

    const { value, gradients } = valueAndGradientsOf(
      () => convolution.forwardAffine(norm.forwardUnapplied(x, { training })),
      Object.values(xs),
    );

    assertClose("value", value, expected("value"));
    Object.keys(xs).forEach((key, i) =>
      assertClose(
        `gradient by ${key}`,
        gradients[i]!,
        expected(`gradient.${key}`),
        // By gamma and beta it is a sum of a thousand terms that nearly cancel.
        1e-5,
      )
    );
    assertClose("mean", norm.buffers().get("running_mean")!.value, expected("moved mean"));
    assertClose("variance", norm.buffers().get("running_var")!.value, expected("moved variance"));
    tf.dispose([value, ...gradients]);
    assertEquals(tf.memory().numTensors, before);
    x.dispose();
    norm.dispose();
    convolution.dispose();
  });
}

Deno.test("BatchNorm.forward() and forwardUnapplied() give the same numbers and move the same statistics", () => {
  const x = tf.randomNormal([4, 3, 3, 2], 1, 2, "float32", 5);
  for (const training of [true, false]) {
    const [plain, unapplied] = [new BatchNorm(2), new BatchNorm(2)];
    tf.tidy(() => {
      const a = plain.forward(x, { training });
      const { x: same, scale, shift } = unapplied.forwardUnapplied(x, { training });
      const b = same.mul(scale).add(shift);
      assert(a.sub(b).abs().max().dataSync()[0]! < 2e-6);
      for (const name of ["running_mean", "running_var"]) {
        const [first, second] = [plain, unapplied].map((norm) => norm.buffers().get(name)!.value);
        assert(first!.sub(second!).abs().max().dataSync()[0]! < 1e-6, name);
      }
    });
    plain.dispose();
    unapplied.dispose();
  }
  x.dispose();
});

function parameter(module: Module, name: string) {
  return module.parameters().get(name)!;
}

function stored(name: string): Float32Array {
  return storedTensor("folded", name).data as Float32Array;
}
