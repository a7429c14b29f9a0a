/** The networks of the Continual Learning Baselines by name. */
import { ContinualMlp } from "./continual_mlp.ts";
import type { NetworkFamily } from "./network.ts";
import { ResNet } from "./resnet.ts";

/** What messages call the names that {@linkcode continualFamily} knows. */
export const CONTINUAL_NAMES = "cl_mlp_{width}x{layers}, cl_slim_resnet18, cl_resnet32b";

/**
 * The network called `name`, or undefined where there is none.
 *
 * - `cl_mlp_512x1`, `cl_mlp_256x2`, ...: {@linkcode ContinualMlp} by the width and the number of its hidden layers
 * - `cl_slim_resnet18`: avalanche-lib's SlimResNet18 with 20 filters, 1,094,750 parameters for 10 classes
 * - `cl_resnet32b`: avalanche-lib's resnet32 with projections, 472,756 parameters for 100 classes
 */
export function continualFamily(name: string): NetworkFamily | undefined {
  const [, width, layers] = name.match(/^cl_mlp_([1-9]\d*)x([1-9]\d*)$/) ?? [];
  if (width !== undefined) {
    const size = { width: Number(width), layers: Number(layers) };
    return {
      options: { activation: ContinualMlp.activations, dropout: ContinualMlp.dropouts },
      build: (context) => new ContinualMlp(context, size),
    };
  }
  const residual = {
    cl_slim_resnet18: { variant: "slim", block: "basic", blocks: [2, 2, 2, 2] },
    cl_resnet32b: { variant: "facil", block: "basic", blocks: [5, 5, 5] },
  } as const;
  if (!Object.hasOwn(residual, name)) return undefined;
  const depth = residual[name as keyof typeof residual];
  return { options: {}, build: (context) => new ResNet(context, depth) };
}
