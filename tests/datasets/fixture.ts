/** What SciPy and NumPy say: made by tests/oracles/synthetic_images.py; the file names the versions. */
interface Fixture {
  blurs: {
    shape: [number, number, number];
    sigma: number;
    mixChannels: boolean;
    blurred: number[];
  }[];
  phases: { shape: [number, number]; re: number[]; im: number[]; scrambled: number[] }[];
}

export const fixture: Fixture = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/datasets/synthetic.json", import.meta.url)),
);

/** The values in [0, 1) from which the script made the fixture. */
export function field(count: number, offset: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const value = Math.sin(i + offset) * 43758.5453;
    return value - Math.floor(value);
  });
}
