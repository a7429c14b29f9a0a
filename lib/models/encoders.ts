/** The encoders by the names of segmentation_models_pytorch. */
import type { Initialiser } from "../layers/mod.ts";
import { DenseNetEncoder, denseNetSizes } from "./densenet.ts";
import { EfficientNetEncoder, efficientNetSizes } from "./efficientnet.ts";
import type { Encoder } from "./encoder.ts";
import { ResNetBody } from "./resnet.ts";
import { residualDepths } from "./residual_families.ts";

type Build = (into: number, initialiser: Initialiser) => Encoder;

/** What messages call the names that {@linkcode encoderFamily} knows. */
export const ENCODER_NAMES =
  "resnet{18, 34, 50, 101, 152}, resnext{50, 101, 152}_{groups}x{width}d, " +
  "densenet{121, 161, 169, 201}, efficientnet-b{0..7}";

/** The paper's encoders (A.1.3), and smaller ones for trying out. */
export const encoderNames: readonly string[] = [
  "resnet34",
  "efficientnet_b4",
  "densenet201",
  "resnext50_32x4d",
  "resnet18",
  "efficientnet_b0",
  "densenet121",
];

/**
 * How the encoder called `name` is built for images of some number of channels, or undefined where there is none:
 * torchvision's residual networks, ResNeXts of any groups and width (`resnext50_32x4d`), DenseNets and EfficientNets.
 */
export function encoderFamily(name: string): Build | undefined {
  const key = name.replace(/^efficientnet_/, "efficientnet-");
  if (Object.hasOwn(efficientNetSizes, key)) {
    return (into, initialiser) =>
      new EfficientNetEncoder(into, efficientNetSizes[key]!, initialiser);
  }
  if (Object.hasOwn(denseNetSizes, key)) {
    return (into, initialiser) => new DenseNetEncoder(into, denseNetSizes[key]!, initialiser);
  }
  const [, kind, depth, groups, width] =
    key.match(/^(resnet|resnext)(\d+)(?:_([1-9]\d*)x([1-9]\d*)d)?$/) ?? [];
  if (kind === undefined || (kind === "resnext") !== (groups !== undefined)) return undefined;
  const size = Object.hasOwn(residualDepths, depth!) ? residualDepths[depth!]! : undefined;
  if (size === undefined || (kind === "resnext" && size.block === "basic")) return undefined;
  const cardinality = groups && { cardinality: { groups: Number(groups), width: Number(width) } };
  return (into, initialiser) =>
    new ResNetBody(into, { ...size, variant: "torchvision", ...cardinality }, initialiser);
}
