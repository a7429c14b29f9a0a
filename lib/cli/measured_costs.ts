/** What the networks of some conditions cost, and what this machine computes with: both measured, for a plan. */
import { datasetFacts, isTrained } from "../datasets/mod.ts";
import { type NetworkInput, networkInputs } from "../experiments/mod.ts";
import { type Device, gpuMemory, type NetworkWork } from "../reproduction/mod.ts";
import { sceneOptions } from "../stages/mod.ts";
import { type Trial } from "../trials/mod.ts";

type NetworkOf = (trial: Trial) => NetworkWork | undefined;

/** Measures the device, which takes a second, and each network when a plan first asks for it. */
export async function measuredCosts(): Promise<{ networkOf: NetworkOf; device: Device }> {
  // Only here, since it takes a moment and most commands do not need it.
  const { device, measureSpeed, onGpu } = await import("../tensorflow/mod.ts");
  const { threadCount } = await import("../runtime/mod.ts");
  const found: Device = {
    name: device(),
    flopsPerSecond: await measureSpeed(),
    ...(!onGpu && { threads: threadCount() }),
    memory: (onGpu ? await gpuMemory() : undefined) ?? Deno.systemMemoryInfo().available,
  };
  return { networkOf: await networkCosts(), device: found };
}

/** What a trial's network costs, measured by running it when a plan first asks for it. */
export async function networkCosts(): Promise<NetworkOf> {
  const { measureNetwork } = await import("../models/mod.ts");
  const known = new Map<string, NetworkWork>();
  return (trial) => {
    const { name, options = {} } = trial.network;
    const input = inputOf(trial);
    if (input === undefined) return undefined;
    const key = JSON.stringify([input, name, options]);
    let cost = known.get(key);
    if (cost === undefined) {
      const { layers: _, ...measured } = measureNetwork(name, { ...input, options });
      cost = measured;
      known.set(key, cost);
    }
    return cost;
  };
}

/** What a trial's network takes; undefined where nothing is known of its data set. */
function inputOf(trial: Trial): NetworkInput | undefined {
  const { name } = trial.dataset;
  if (trial.kind !== "segmentation" || !isTrained(name)) return networkInputs[name];
  const [height, width] = sceneOptions(trial).size;
  return { classes: datasetFacts(name).classes, inputShape: [height, width, 3] };
}
