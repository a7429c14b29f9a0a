/** Tensors in arrays and objects, as what goes into a step and what comes out. */
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "./load.ts";

/** A tensor, or tensors in arrays or objects; undefined where there is none. */
export type Tensors = Tensor | undefined | void | readonly Tensors[] | {
  readonly [name: string]: Tensors;
};

/**
 * All tensors of a structure, each once, their places in it, and how to put others into the same places.
 *
 * @param what Names the structure in messages
 * @throws {TypeError} When something in it is no tensor
 */
export function flatten(
  structure: Tensors,
  what: string,
): { tensors: Tensor[]; labels: string[]; rebuild: (others: Tensor[]) => Tensors } {
  const tensors: Tensor[] = [];
  const labels: string[] = [];
  const visit = (part: unknown, label: string): (others: Tensor[]) => Tensors => {
    if (part === undefined) return () => undefined;
    if (part instanceof tf.Tensor) {
      let at = tensors.indexOf(part);
      if (at < 0) at = tensors.push(part) - 1;
      labels[at] = labels[at] === undefined ? label : `${labels[at]} = ${label}`;
      return (others) => others[at]!;
    }
    if (Array.isArray(part)) {
      const parts = part.map((item, i) => visit(item, `${label}[${i}]`));
      return (others) => parts.map((build) => build(others));
    }
    if (
      typeof part === "object" && part !== null && Object.getPrototypeOf(part) === Object.prototype
    ) {
      const parts = Object.entries(part).map(([key, item]) =>
        [key, visit(item, label === "" ? key : `${label}.${key}`)] as const
      );
      return (others) => Object.fromEntries(parts.map(([key, build]) => [key, build(others)]));
    }
    throw new TypeError(
      `${what} must be tensors, in arrays or objects, got ${shown(part)}${label && ` as ${label}`}`,
    );
  };
  const rebuild = visit(structure, "");
  return { tensors, labels, rebuild };
}

function shown(part: unknown): string {
  if (part instanceof Promise) return "a promise (a captured step cannot wait)";
  return typeof part === "object"
    ? `a ${part?.constructor?.name ?? "null"}`
    : `${typeof part} ${part}`;
}
