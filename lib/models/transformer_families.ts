/** The transformers by name: every member of torchvision's families. */
import type { NetworkFamily } from "./network.ts";
import { SwinV2, swinV2Sizes } from "./swin_v2.ts";
import { VisionTransformer, visionTransformers } from "./vision_transformer.ts";

/** The names that {@linkcode transformerFamily} knows: torchvision's. */
export const transformerNames: readonly string[] = [
  ...Object.keys(visionTransformers),
  ...Object.keys(swinV2Sizes),
];

/** The transformer called `name`, or undefined where there is none. */
export function transformerFamily(name: string): NetworkFamily | undefined {
  if (Object.hasOwn(visionTransformers, name)) {
    const size = visionTransformers[name]!;
    return { options: {}, build: (context) => new VisionTransformer(context, size) };
  }
  if (!Object.hasOwn(swinV2Sizes, name)) return undefined;
  const size = swinV2Sizes[name]!;
  return { options: {}, build: (context) => new SwinV2(context, size) };
}
