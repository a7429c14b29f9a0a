/** What may be given where a network is wanted to predict, and what it has to give. */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/mod.ts";
import { Network, type RunOptions } from "./network.ts";

/** Any function from images [N, H, W, C] with pixels in [0, 1] to logits [N, classes], in evaluation mode. */
export type Predictor = (images: Tensor4D) => Tensor;

/**
 * What can predict: a function, a network of this library or anything else with its `forward`, a model of tf.layers, or one
 * that tf.loadGraphModel gave.
 */
export type AnyNetwork =
  | Predictor
  | { forward(images: Tensor4D, options: RunOptions): Tensor }
  | { apply(images: Tensor4D, options: { training: boolean }): unknown }
  | { predict(images: Tensor4D): unknown };

/**
 * The function from images to logits, in evaluation mode.
 *
 * @param options.to What it is wanted for, for the message: "evaluate", "attack"
 * @param options.task Whose head, for a network of several
 * @throws {TypeError} where nothing there gives logits; by what it returns, for images of a shape that the network cannot take
 */
export function predictorOf(
  network: AnyNetwork,
  { to, task }: { to: string; task?: number },
): Predictor {
  if (typeof network === "function" && !isClass(network)) return network as Predictor;
  const options = { training: false, ...(task !== undefined && { task }) };
  if (network instanceof Network) {
    return (images) => withFitting(network, images, to, () => network.forward(images, options));
  }
  // A class would answer to Function's own `apply`.
  const methods = (isClass(network) ? {} : network ?? {}) as Record<string, unknown>;
  // A layers model's own `predict` has no gradient.
  const name = ["forward", "apply", "predict"].find((name) => typeof methods[name] === "function");
  if (name === undefined) {
    throw new TypeError(
      `Cannot ${to} ${
        named(network)
      }: wanted a function from images [N, H, W, C] to logits [N, classes], a network ` +
        "with `forward`, or a model of tf.layers",
    );
  }
  const evaluate = methods[name] as (images: Tensor4D, options?: RunOptions) => Tensor;
  return name === "predict"
    ? (images) => evaluate.call(network, images)
    : (images) => evaluate.call(network, images, options);
}

/** Runs `f`; of images that the network was not built for it says so where it fails, and of those that it was, what it says. */
function withFitting<T>(network: Network, { shape }: Tensor4D, to: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    const { inputShape } = network;
    const own = shape.slice(1).join(", ");
    if (inputShape === undefined || inputShape.join(", ") === own) throw error;
    throw new TypeError(
      `Cannot ${to} a network with images [${own}] that was built for [${inputShape.join(", ")}]` +
        `: resize them, or build it for theirs (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/**
 * Checks what a predictor gave.
 *
 * @param wanted.to What the logits are for, for the message: "evaluate", "attack"
 * @param wanted.count How many images it was given
 * @param wanted.classes How many logits each has, where that is known
 * @throws {TypeError} for anything but float32 [count, classes]
 */
export function checkLogits(
  given: unknown,
  { to, count, classes }: { to: string; count: number; classes?: number },
): asserts given is Tensor {
  if (
    given instanceof tf.Tensor && given.dtype === "float32" && given.rank === 2 &&
    given.shape[0] === count && (classes === undefined || given.shape[1] === classes)
  ) return;
  const why = given instanceof Promise ? "; it may not be async" : "";
  throw new TypeError(
    `Cannot ${to} a network that gives ${
      named(given)
    } for ${count} images: wanted logits, float32 [${count}, ${classes ?? "classes"}]${why}`,
  );
}

/**
 * Checks that something is a network of this library, for what moves or stores its weights.
 *
 * @param to What it is wanted for, for the message: "train"
 * @throws {TypeError} otherwise, saying what to do with a model of tf.layers
 */
export function checkNetwork(network: unknown, to: string): asserts network is Network {
  if (network instanceof Network) return;
  throw new TypeError(
    `Cannot ${to} ${
      named(network)
    }: wanted a Network of this library, such as buildNetwork() makes. A model of tf.layers trains with this library's ` +
      "losses by an optimiser's `minimize`, and has a `save` of its own",
  );
}

/** A value in a few words, for messages. */
export function named(value: unknown): string {
  if (value instanceof tf.Tensor && value.isDisposed) return "a tensor that was disposed of";
  if (value instanceof tf.Tensor) return `a tensor, ${value.dtype} [${value.shape.join(", ")}]`;
  if (value instanceof Promise) return "a promise";
  if (Array.isArray(value)) return "an array";
  if (isClass(value)) return `the class ${value.name} itself, not one made of it`;
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return `"${value}"`;
  if (value === null || typeof value !== "object") return String(value);
  return `an object (${value.constructor?.name ?? "without a class"})`;
}

/** Whether a value is a class, which is a function too, but none that can be called. */
function isClass(value: unknown): value is { name: string } {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
