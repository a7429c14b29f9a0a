/** What the networks of some conditions cost, and what this machine computes with: both measured, for a plan. */
import { networkInputs } from "../experiments/mod.ts";
import {
  type Device,
  gpuMemory,
  type NetworkWork,
  type ReproduceOptions,
} from "../reproduction/mod.ts";
import { type Trial } from "../trials/mod.ts";

/** Measures the device, which takes a second, and each network when a plan first asks for it. */
export async function measuredCosts(): Promise<NonNullable<ReproduceOptions["costs"]>> {
  // Only here, since it takes a moment and most commands do not need it.
  const { device, measureSpeed, onGpu } = await import("../tensorflow/mod.ts");
  const { measureNetwork } = await import("../models/mod.ts");
  const { threadCount } = await import("../runtime/mod.ts");
  const found: Device = {
    name: device(),
    flopsPerSecond: await measureSpeed(),
    ...(!onGpu && { threads: threadCount() }),
    memory: (onGpu ? await gpuMemory() : undefined) ?? Deno.systemMemoryInfo().available,
  };
  const known = new Map<string, NetworkWork>();
  const networkOf = ({ dataset, network: { name, options = {} } }: Trial) => {
    const input = networkInputs[dataset.name];
    if (input === undefined) return undefined;
    const key = JSON.stringify([dataset.name, name, options]);
    let cost = known.get(key);
    if (cost === undefined) {
      const { layers: _, ...measured } = measureNetwork(name, { ...input, options });
      cost = measured;
      known.set(key, cost);
    }
    return cost;
  };
  return { networkOf, device: found };
}
