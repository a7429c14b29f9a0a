/** What strategies that hold parameters by their importance have in common: EWC and SI. */
import type { StoredVariable } from "../layers/mod.ts";
import { quadraticPenalty } from "./quadratic_penalty.ts";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";

type Variables = ReadonlyMap<string, StoredVariable>;

/** The penalty of some strength on what the parameters have moved away from where they are held. */
export function penaltyOf(
  strength: number,
  { parameters, importance, anchor }: Record<"parameters" | "importance" | "anchor", Variables>,
): Tensor {
  const terms = [...parameters].map(([name, { value }]) =>
    [
      name,
      { value, importance: importance.get(name)!.value, anchor: anchor.get(name)!.value },
    ] as const
  );
  return quadraticPenalty(strength, new Map(terms));
}

/** The mean over all values of all variables. */
export async function meanOf(variables: Variables): Promise<number> {
  let [sum, count] = [0, 0];
  for (const variable of variables.values()) {
    const values = await variable.read();
    for (const value of values) sum += value;
    count += values.length;
  }
  return sum / count;
}

/** The values of all variables in PyTorch's layout. */
export async function readAll(variables: Variables): Promise<Map<string, Float32Array>> {
  const read = [...variables].map(async ([name, variable]) =>
    [name, await variable.readPyTorch()] as const
  );
  return new Map(await Promise.all(read));
}
