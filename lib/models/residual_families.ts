/** The residual networks by name: every member of their authors' families. */
import type { NetworkFamily } from "./network.ts";
import { PreactResNet } from "./preact_resnet.ts";
import type { BlockKind } from "./residual_layers.ts";
import { ResNet } from "./resnet.ts";
import { WideResNet } from "./wide_resnet.ts";

/** Blocks of networks with four stages, by their depth. */
export const residualDepths: Readonly<
  Record<string, { block: BlockKind; blocks: readonly number[] }>
> = {
  18: { block: "basic", blocks: [2, 2, 2, 2] },
  34: { block: "basic", blocks: [3, 4, 6, 3] },
  50: { block: "bottleneck", blocks: [3, 4, 6, 3] },
  101: { block: "bottleneck", blocks: [3, 4, 23, 3] },
  152: { block: "bottleneck", blocks: [3, 8, 36, 3] },
};

/** What messages call the names that {@linkcode residualFamily} knows beside those of the paper's networks. */
export const RESIDUAL_NAMES =
  "resnet{6n+2}, resnet{18, 34, 50, 101, 152}, parn{18, 34, 50, 101, 152}, wrn{6n+4}_{width}";

/**
 * The residual network called `name`, or undefined where there is none.
 *
 * - `resnet18`, `resnet34`: P2333's; `resnet50`, `resnet101`, `resnet152`: torchvision's. Option `code` chooses the other.
 * - `resnet20`, `resnet32`, ... (6 n + 2): akamaster's
 * - `parn18`, ...: P2333's pre-activation networks
 * - `wrn22_10`, ...: P2333's wide networks, of depth 6 n + 4 and any width
 */
export function residualFamily(name: string): NetworkFamily | undefined {
  const [, kind, depth, width] = name.match(/^(resnet|parn|wrn)([1-9]\d*)(?:_([1-9]\d*))?$/) ?? [];
  if (kind === undefined || (kind === "wrn") !== (width !== undefined)) return undefined;
  if (kind === "wrn") return wideFamily(Number(depth), Number(width));
  const size = Object.hasOwn(residualDepths, depth!) ? residualDepths[depth!]! : undefined;
  if (size === undefined) return kind === "resnet" ? akamasterFamily(Number(depth)) : undefined;
  if (kind === "parn") {
    return { options: {}, build: (context) => new PreactResNet(context, size) };
  }
  const code = size.block === "basic" ? ["p2333", "torchvision"] : ["torchvision", "p2333"];
  return {
    options: { code },
    build: (context) =>
      new ResNet(context, {
        ...size,
        variant: context.options.code as "p2333" | "torchvision",
      }),
  };
}

function akamasterFamily(depth: number): NetworkFamily | undefined {
  const count = (depth - 2) / 6;
  if (!Number.isInteger(count) || count < 1) return undefined;
  const blocks = [count, count, count];
  return {
    options: {},
    build: (context) => new ResNet(context, { variant: "akamaster", block: "basic", blocks }),
  };
}

function wideFamily(depth: number, width: number): NetworkFamily | undefined {
  if (!Number.isInteger((depth - 4) / 6) || depth < 10) return undefined;
  return { options: {}, build: (context) => new WideResNet(context, { depth, width }) };
}
