/** What every network is, and what it is built from. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type ForwardOptions, type Initialiser, Module } from "../layers/mod.ts";

/** How a network is run. */
export interface RunOptions extends ForwardOptions {
  /** Which of a network's heads; those with a single one pass over it. */
  task?: number;
}

/** What a network gives in one pass. */
export interface Outputs {
  /** What the head took. */
  features: Tensor;
  logits: Tensor;
  /** Logits of a head that is there for training alone, and what its loss counts beside that of the others. */
  auxiliary?: { logits: Tensor; weight: number };
}

/** From images to logits, by features and a head: what is trained, evaluated and attacked. */
export abstract class Network extends Module {
  /** What it was built for; networks without a layer over all pixels take other sizes too. */
  inputShape?: NetworkContext["inputShape"];

  /** Images [N, H, W, C] to the activations that the last layer takes, [N, F] for a network that classifies images. */
  abstract features(images: Tensor, options: RunOptions): Tensor;

  /** {@linkcode features} to logits, [N, classes] or for labels per pixel [N, H, W, classes]. */
  abstract head(features: Tensor, options: RunOptions): Tensor;

  /** Images to logits. */
  override forward(images: Tensor, options: RunOptions): Tensor {
    return this.head(this.features(images, options), options);
  }

  /** {@linkcode forward} with the features, and the logits of an auxiliary head where there is one. */
  outputs(images: Tensor, options: RunOptions): Outputs {
    const features = this.features(images, options);
    return { features, logits: this.head(features, options) };
  }

  /** What an optimiser moves. A network of several heads leaves out those of other tasks where one is given. */
  override trainedParameters(_task?: number): ReturnType<Module["trainedParameters"]> {
    return super.trainedParameters();
  }
}

/** What a network is built from. */
export interface NetworkContext {
  /** Number of logits. */
  classes: number;
  /** [H, W, C] of the images. */
  inputShape: readonly [height: number, width: number, channels: number];
  /** Where the initial values come from. */
  initialiser: Initialiser;
  /** Choices that the paper leaves open, by name, complete; see the network's own documentation. */
  options: Readonly<Record<string, string | number>>;
  /** A head per task instead of one for all classes, for the networks that can have them. */
  heads?: Heads | undefined;
}

/**
 * How the logits of a task's head are laid out.
 *
 * - `clean`: the logits of the task's own classes and nothing else, [N, classes of the task]
 * - `avalanche`: as avalanche-lib 0.6.0's MultiHeadClassifier: as many columns as 1 + the highest class seen so far, -1000 for
 *   the units of a head whose class is none of the task's, and 0 for the columns that the head does not reach
 */
export type HeadMode = "clean" | "avalanche";

/** A head for each task. */
export interface Heads {
  /** The classes of each task, in the order of its head's units. */
  tasks: readonly (readonly number[])[];
  mode: HeadMode;
}

/** How networks of a name are built. */
export interface NetworkFamily {
  /** The options that they know, and their values with the default first. */
  options: Readonly<Record<string, readonly string[]>>;
  build: (context: NetworkContext) => Network;
}

/**
 * Checks that images are of the only shape that a network takes: in another one some would pass through its layers, and mean
 * something else.
 *
 * @throws {TypeError} naming both shapes
 */
export function checkOwnShape({ inputShape }: Network, images: Tensor): void {
  const own = images.shape.slice(1);
  if (inputShape === undefined || own.join() === inputShape.join()) return;
  throw new TypeError(`wanted images [${inputShape.join(", ")}], got [${own.join(", ")}]`);
}

/** An error for images that a network cannot take. */
export function unfitImages(network: string, { inputShape }: NetworkContext, why: string) {
  return new RangeError(`${network} cannot take images of ${inputShape.join("x")}: ${why}`);
}
