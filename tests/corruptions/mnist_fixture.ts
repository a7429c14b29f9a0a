import type { Border, MnistCorruption, MnistOptions } from "../../lib/corruptions/mod.ts";
import { mnistCorruptions } from "../../lib/corruptions/mod.ts";
import { loadTestSet } from "../../lib/datasets/mod.ts";
import { field as uniforms } from "../datasets/fixture.ts";

/** An image that the oracle's script makes too: its kind, and which of them. */
type Source = [kind: "digit" | "level" | "ramp" | "noise" | "bright", value: number];

/** One image by the oracle. */
export interface Case {
  corruption: keyof typeof mnistCorruptions;
  image: Source;
  severity: number;
  rounding: NonNullable<MnistOptions["rounding"]>;
  /** The field itself where it is a few numbers, else what its random numbers are made of. */
  field: number | number[] | null;
  out: string;
}

/** What scikit-image, SciPy and NumPy say: made by tests/oracles/corruptions_mnist.py; the file names the versions. */
export const fixture: {
  cases: Case[];
  canny: { image: Source; edges: string }[];
  zigzags: { field: [number, number]; points: [number, number][] }[];
  laterShear: string;
  gaussians: {
    shape: [number, number, number];
    sigma: [number, number];
    border: Border;
    blurred: number[];
  }[];
} = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/corruptions/mnist_c.json", import.meta.url)),
);

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export async function imageOf([kind, value]: Source): Promise<Uint8Array> {
  if (kind === "digit") return await digit(value);
  if (kind === "level") return new Uint8Array(784).fill(value);
  if (kind === "ramp") return Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  const low = kind === "bright" ? 40 : 0;
  return Uint8Array.from(uniforms(784, value), (u) => low + Math.floor(u * (256 - low)));
}

/** A test image of MNIST. */
export async function digit(index: number): Promise<Uint8Array> {
  return await (await loadTestSet("mnist")).read([index]);
}

/** Our image of an oracle's case. */
export async function corrupted({ corruption, image, severity, rounding, field }: Case) {
  const { apply }: MnistCorruption = mnistCorruptions[corruption];
  return apply(await imageOf(image), fieldOf(corruption, field, severity), { severity, rounding });
}

function fieldOf(corruption: Case["corruption"], field: Case["field"], severity: number): unknown {
  switch (corruption) {
    case "shot_noise":
      return uniforms(784, field as number);
    case "impulse_noise":
      return { hit: uniforms(784, field as number), salt: uniforms(784, field as number + 0.5) };
    case "fog":
      return uniforms(65536, field as number).map((u) => 2 * u - 1);
    case "spatter": {
      const [first, second] = [
        uniforms(784, field as number),
        uniforms(784, field as number + 0.5),
      ];
      return first.map((u, i) =>
        Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * second[i]!)
      );
    }
    case "glass_blur":
      return glassField(field as number, severity);
    case "dotted_line":
      return { startRow: (field as number[])[0], endRow: (field as number[])[1] };
    case "zigzag":
      return { startRow: (field as number[])[0], drift: (field as number[])[1] };
    default:
      return field;
  }
}

// how far pixels go and how often, per severity (spec of MNIST-C)
const GLASS = [[1, 2], [2, 1], [2, 3], [3, 2], [4, 2]] as const;

function glassField(offset: number, severity: number) {
  const [delta, iterations] = GLASS[severity - 1]!;
  const visits = iterations * (28 - 2 * delta) ** 2;
  const steps = (at: number) =>
    Int8Array.from(uniforms(visits, at), (u) => Math.floor(u * 2 * delta) - delta);
  return {
    swap: Uint8Array.from(uniforms(visits, offset), (u) => u < 0.5 ? 1 : 0),
    dx: steps(offset + 0.25),
    dy: steps(offset + 0.5),
  };
}

/** How far two images are apart: the largest difference, and how many pixels differ. */
export function difference(a: Uint8Array, b: Uint8Array): { largest: number; pixels: number } {
  const differences = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  return { largest: Math.max(...differences), pixels: differences.filter((d) => d > 0).length };
}
