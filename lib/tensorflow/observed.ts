/** Watching what layers compute, and what waits for their gradients: for counting, not for computing. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { onForcedStop } from "../progress/mod.ts";

/** A product that a layer is made of, as the layer is defined, whichever kernels compute it. */
export interface Product {
  kind: "convolution" | "depthwise" | "linear" | "attention";
  /** Of the first factor, the layer's input. */
  input: readonly number[];
  output: readonly number[];
  /** Multiplications, each with an addition. */
  macs: number;
}

/** What is told while {@linkcode observed} runs. */
export interface Observer {
  product?(product: Product): void;
  /** A part of a network begins to compute something of `input`; what follows is its own until it has ended. */
  began?(part: object, input: readonly number[]): void;
  ended?(part: object, output: readonly number[]): void;
  /** Tensors that are kept until a gradient was taken. The same one may come several times. */
  saved?(tensors: readonly Tensor[]): void;
}

let observer: Observer | undefined;

onForcedStop(() => observer = undefined);

/** Runs `f`, and tells `watching` of every product in it (not of those of gradients), and of what is kept for gradients. */
export function observed<T>(f: () => T, watching: Observer): T {
  const before = observer;
  observer = watching;
  try {
    return f();
  } finally {
    observer = before;
  }
}

/** Tells of a product with `terms` multiplications for each number of the output. */
export function tellProduct(
  kind: Product["kind"],
  input: Tensor,
  output: Tensor,
  terms: number,
): void {
  observer?.product?.({
    kind,
    input: input.shape,
    output: output.shape,
    macs: output.size * terms,
  });
}

/** Computes what `part` makes of `input`, and tells of it. */
export function tellPart<Output extends Tensor | { x: Tensor }>(
  part: object,
  input: Tensor,
  f: () => Output,
): Output {
  if (observer === undefined) return f();
  observer.began?.(part, input.shape);
  const output = f();
  const made: Tensor = "x" in output ? output.x as Tensor : output as Tensor;
  observer.ended?.(part, made.shape);
  return output;
}

/** Tells of tensors that are kept. */
export function tellSaved(tensors: readonly Tensor[]): void {
  observer?.saved?.(tensors);
}
