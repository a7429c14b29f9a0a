/** Weights that were trained on images alone, for the encoder of a segmentation network. */
import { createHash } from "node:crypto";
import { decodeSafetensors, type StoredTensor } from "../formats/mod.ts";
import type { Encoder } from "../models/mod.ts";
import { assignVariables, checkFinite } from "./weights.ts";

/** The first layer under each naming. */
const FIRST_LAYERS = [
  "conv1.weight",
  "features.conv0.weight",
  "features.0.0.weight",
  "conv_stem.weight",
  "_conv_stem.weight",
];

/** What a file of a classifier has beside what an encoder needs. */
const CLASSIFIER = /^(fc|_fc|classifier|head)(\.\d+)?(\.fc)?\.(weight|bias)$/;

/**
 * Fills an encoder from a safetensors file with the names of torchvision, timm or segmentation_models_pytorch. Torchvision's
 * EfficientNets pad maps otherwise and are refused; timm's do so too but for those named tf_, which the tensors do not tell from
 * the others: take only these. Passed over are the classifier's weights, and where the encoder's names have a prefix, such as the
 * `encoder.` of a whole segmentation network or the `module.` of PyTorch's DataParallel, all that has another. Nothing is changed
 * where the file does not fit.
 *
 * @returns The SHA-256 of the file
 * @throws {TypeError} when the file is damaged, or its tensors are those of another network
 */
export async function loadEncoderWeights(
  encoder: Encoder,
  file: string,
): Promise<{ sha256: string }> {
  const bytes = await Deno.readFile(file);
  try {
    const { tensors } = decodeSafetensors(bytes);
    const prefix = prefixOf(tensors.keys());
    const needed = [...tensors].filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const)
      .filter(([name]) => !name.endsWith("num_batches_tracked") && !CLASSIFIER.test(name));
    const rename = namingOf(needed.map(([name]) => name));
    const renamed = needed.map(([name, tensor]) => [rename(name), tensor] as const);
    const named = new Map<string, StoredTensor>(renamed);
    checkFinite(named);
    assignVariables(encoder.state(), named);
  } catch (error) {
    throw new TypeError(
      `Cannot load the encoder's weights from ${file}: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return { sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** What stands before the encoder's names: the shortest of what does before its first layer's. */
function prefixOf(names: Iterable<string>): string {
  const prefixes = [...names].flatMap((name) =>
    FIRST_LAYERS.filter((first) => name === first || name.endsWith(`.${first}`))
      .map((first) => name.slice(0, -first.length))
  );
  return prefixes.sort((a, b) => a.length - b.length)[0] ?? "";
}

type Rename = (name: string) => string;

/** How a file's names become the encoder's, told from the names. */
function namingOf(names: readonly string[]): Rename {
  if (names.includes("conv_stem.weight")) return timmEfficientNet(names);
  if (names.includes("features.0.0.weight")) {
    throw new TypeError(
      "it has the names of torchvision, whose EfficientNets pad both sides of a map alike and so give other maps; take the " +
        "weights of EfficientNet-PyTorch, as segmentation_models_pytorch has them",
    );
  }
  // Residual networks have the same names everywhere; torchvision's files of DenseNets have `norm.1` where its code has
  // `norm1`.
  return (name) => name.replace(/\.(norm|conv)\.([12])\./, ".$1$2.");
}

/** The number of each block among all, from its stage and its number there. */
function numbered(names: readonly string[], form: RegExp): Map<string, number> {
  const blocks = new Set(names.flatMap((name) => {
    const [, stage, block] = form.exec(name) ?? [];
    return stage === undefined ? [] : [`${stage}.${block}`];
  }));
  const place = (key: string) => {
    const [stage, block] = key.split(".").map(Number) as [number, number];
    return 1000 * stage + block;
  };
  return new Map([...blocks].sort((a, b) => place(a) - place(b)).map((key, i) => [key, i]));
}

/** The parts of a block in their order, of one that widens first, and of one that does not. */
const PARTS = ["_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2"];

function timmEfficientNet(names: readonly string[]): Rename {
  const form = /^blocks\.(\d+)\.(\d+)\.(.+?)\.(\w+)$/;
  const numbers = numbered(names, form);
  const ends: Record<string, string> = {
    conv_stem: "_conv_stem",
    bn1: "_bn0",
    conv_head: "_conv_head",
    bn2: "_bn1",
  };
  const gates: Record<string, string> = {
    "se.conv_reduce": "_se_reduce",
    "se.conv_expand": "_se_expand",
  };
  return (name) => {
    const [, stage, block, part, last] = form.exec(name) ?? [];
    if (part === undefined) return name.replace(/^\w+/, (first) => ends[first] ?? first);
    const widens = names.includes(`blocks.${stage}.${block}.conv_pwl.weight`);
    const order = widens
      ? ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"]
      : ["", "", "conv_dw", "bn1", "conv_pw", "bn2"];
    const own = gates[part] ?? PARTS[order.indexOf(part)] ?? part;
    return `_blocks.${numbers.get(`${stage}.${block}`)}.${own}.${last}`;
  };
}
