/** The golden files: PyTorch's numbers for LeNet, ConvNet and MLP. */
import { type Golden, parseGolden } from "./golden.ts";

const folder = new URL("../fixtures/goldens/", import.meta.url);

/** The golden files that the project was given. */
export const givenGoldens: readonly string[] = [
  "lenet_bn",
  "lenet_prelu",
  "lenet_plain",
  "convnet_a",
  "convnet_b",
  "convnet_c",
  "mlp",
].map((name) => `${name}.json`);

/** Those of deeper networks that state less of PyTorch's errors, and have values near kinks. */
export const earlierGoldens: readonly string[] = namesIn("earlier");

/** Those of tests/oracles/goldens.py: other numbers of classes, other images. */
export const freshGoldens: readonly string[] = namesIn("fresh");

function namesIn(inner: string): string[] {
  return [...Deno.readDirSync(new URL(`${inner}/`, folder))].map(({ name }) => `${inner}/${name}`)
    .sort();
}

/** Where a golden file lies. */
export function goldenPath(file: string): string {
  return new URL(file, folder).pathname;
}

/** Reads a golden file. */
export function readGolden(file: string): Golden {
  return parseGolden(Deno.readTextFileSync(goldenPath(file)));
}
