/** A training of half a second, on images made for it. */
import type { ImageSet } from "../../lib/datasets/mod.ts";
import { memoryImages } from "../../lib/datasets/mod.ts";
import type { Module } from "../../lib/layers/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";
import { buildNetwork, type Network } from "../../lib/models/mod.ts";
import { generator } from "../../lib/random/mod.ts";
import type { Recipe, TrainOptions } from "../../lib/training/mod.ts";

/** Images of three classes, which differ in brightness. */
export function smallImages(count = 500, side = 16): ImageSet {
  const random = generator(1, "images");
  const labels = Int32Array.from({ length: count }, () => random.integer(3));
  const pixels = new Uint8Array(count * side * side);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = 60 * labels[Math.floor(i / (side * side))]! + random.integer(100);
  }
  return memoryImages({ name: "small", shape: [side, side, 1], pixels, labels });
}

/** A network for these images. */
export function smallNetwork(name = "lenet", seed = 0): Network {
  return buildNetwork(name, { classes: 3, inputShape: [16, 16, 1], seed });
}

/** Two epochs of 63 steps, the last of four images. */
export const smallRecipe: Recipe = {
  epochs: 2,
  batchSize: 8,
  optimizer: { name: "adam", learningRate: 1e-3 },
  schedule: { name: "steps", milestones: [1], factor: 0.1 },
  augmentation: "crop_flip",
  threads: 1,
};

/** What train() takes, with what a test changes. */
export function smallTraining(
  network: Network,
  changes: Partial<Omit<TrainOptions, "recipe">> & { recipe?: Partial<Recipe> } = {},
): TrainOptions {
  const { recipe, ...others } = changes;
  return {
    network,
    loss: crossEntropy(),
    images: smallImages(),
    recipe: { ...smallRecipe, ...recipe },
    seed: 5,
    ...others,
  };
}

/** All variables of a network by name. */
export async function valuesOf(network: Module): Promise<Record<string, Float32Array>> {
  const values: Record<string, Float32Array> = {};
  for (const [name, variable] of network.state()) {
    values[name] = await variable.read();
  }
  return values;
}
