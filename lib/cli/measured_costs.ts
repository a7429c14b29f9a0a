/** What the networks of some conditions cost, and what this machine computes with: both measured, for a plan. */
import type { ReproduceOptions } from "../experiments/mod.ts";
import type { Device, NetworkWork, Trial } from "../trials/mod.ts";
import { gpuMemory } from "../trials/mod.ts";

// Classes and images of the data sets (A.1.1).
const inputs: Record<string, { classes: number; inputShape: readonly [number, number, number] }> = {
  mnist: { classes: 10, inputShape: [28, 28, 1] },
  cifar10: { classes: 10, inputShape: [32, 32, 3] },
  cifar100: { classes: 100, inputShape: [32, 32, 3] },
  tiny_imagenet: { classes: 200, inputShape: [64, 64, 3] },
  imagenet: { classes: 1000, inputShape: [224, 224, 3] },
};

/** Measures the device, which takes a second, and each network when a plan first asks for it. */
export async function measuredCosts(): Promise<NonNullable<ReproduceOptions["costs"]>> {
  // Only here, since it takes a moment and most commands do not need it.
  const { device, measureSpeed, onGpu } = await import("../tensorflow/mod.ts");
  const { buildNetwork, networkCost } = await import("../models/mod.ts");
  const { threadCount } = await import("../runtime/mod.ts");
  const found: Device = {
    name: device(),
    flopsPerSecond: await measureSpeed(),
    ...(!onGpu && { threads: threadCount() }),
    memory: (onGpu ? await gpuMemory() : undefined) ?? Deno.systemMemoryInfo().available,
  };
  const known = new Map<string, NetworkWork>();
  const networkOf = ({ dataset, network: { name, options = {} } }: Trial) => {
    const input = inputs[dataset.name];
    if (input === undefined) return undefined;
    const key = JSON.stringify([dataset.name, name, options]);
    let cost = known.get(key);
    if (cost === undefined) {
      const network = buildNetwork(name, { ...input, seed: "zeros", options });
      const { layers: _, ...measured } = networkCost(network, input.inputShape);
      cost = measured;
      network.dispose();
      known.set(key, cost);
    }
    return cost;
  };
  return { networkOf, device: found };
}
