/** The networks by name. */
import { Initialiser, ZeroInitialiser } from "../layers/mod.ts";
import { CONTINUAL_NAMES, continualFamily } from "./continual_families.ts";
import { ConvNet } from "./convnet.ts";
import { ENCODER_NAMES, encoderFamily, encoderNames } from "./encoders.ts";
import { Fpn } from "./fpn.ts";
import { HeadedNetwork } from "./headed_network.ts";
import { InceptionV3 } from "./inception_v3.ts";
import { LeNet } from "./lenet.ts";
import { Mlp } from "./mlp.ts";
import { MobileNetV3 } from "./mobilenet_v3.ts";
import type { Heads, Network, NetworkFamily } from "./network.ts";
import { RESIDUAL_NAMES, residualFamily } from "./residual_families.ts";
import { transformerFamily, transformerNames } from "./transformer_families.ts";

/** How each network is built. Add a network here and it can be trained, checked and counted. */
const networks: Readonly<Record<string, NetworkFamily>> = {
  lenet: { options: { extra: LeNet.extras }, build: (context) => new LeNet(context) },
  convnet: { options: { head: ConvNet.heads }, build: (context) => new ConvNet(context) },
  mlp: { options: {}, build: (context) => new Mlp(context) },
  mobilenet_v3_small: { options: {}, build: (context) => new MobileNetV3("small", context) },
  inception: {
    options: { auxiliaryWeight: InceptionV3.auxiliaryWeights },
    build: (context) => new InceptionV3(context),
  },
  mobilenet_v3_large: { options: {}, build: (context) => new MobileNetV3("large", context) },
};

/** The names that {@linkcode buildNetwork} knows, beside those of the families. */
export const networkNames: readonly string[] = Object.keys(networks);

function familyOf(name: string): NetworkFamily {
  const family = findFamily(name);
  if (family === undefined) throw noNetwork(name);
  return family;
}

function findFamily(name: string): NetworkFamily | undefined {
  if (Object.hasOwn(networks, name)) return networks[name];
  return residualFamily(name) ?? continualFamily(name) ?? transformerFamily(name) ??
    fpnFamily(name);
}

/** `fpn` with the option `encoder`, or `fpn_resnet34`: a feature pyramid network over the encoder of that name. */
function fpnFamily(name: string): NetworkFamily | undefined {
  if (name === "fpn") {
    return {
      options: { encoder: encoderNames },
      build: (context) => new Fpn(String(context.options.encoder), context),
    };
  }
  const [, encoder] = name.match(/^fpn_(.+)$/) ?? [];
  if (encoder === undefined || encoderFamily(encoder) === undefined) return undefined;
  return { options: {}, build: (context) => new Fpn(encoder, context) };
}

function noNetwork(name: string): RangeError {
  const known = [
    ...networkNames,
    RESIDUAL_NAMES,
    CONTINUAL_NAMES,
    ...transformerNames,
    `fpn_{encoder}, encoders ${ENCODER_NAMES}`,
  ]
    .join(", ");
  return new RangeError(`There is no network "${name}"; known are ${known}`);
}

/**
 * Builds a network. Its initial values depend on nothing but the network and the seed; with "zeros" for a seed none are drawn,
 * which is quicker where only names, shapes and costs are wanted.
 *
 * @throws {RangeError} when the name or an option is unknown, the images are too small for the network, or it cannot have a head
 *   per task
 *
 * ```ts
 * const network = buildNetwork("lenet", { classes: 10, inputShape: [28, 28, 1], seed: 0 });
 * ```
 */
export function buildNetwork(name: string, settings: {
  classes: number;
  inputShape: readonly [height: number, width: number, channels: number];
  seed: number | "zeros";
  options?: Readonly<Record<string, string | number>>;
  /** A head per task instead of one for all classes. */
  heads?: Heads | undefined;
}): Network {
  const family = familyOf(name);
  const { classes, inputShape, seed, options = {}, heads } = settings;
  for (const [option, value] of Object.entries(options)) {
    const choices = family.options[option];
    if (choices === undefined) {
      const known = Object.keys(family.options).join(", ") || "none";
      throw new RangeError(`Network "${name}" has no option "${option}"; it has ${known}`);
    }
    if (!choices.includes(String(value))) {
      const wanted = choices.join(", ");
      throw new RangeError(`Option ${option} of "${name}" is "${value}", wanted one of ${wanted}`);
    }
  }
  const chosen = Object.fromEntries(
    Object.entries(family.options).map(([option, [byDefault]]) => [option, byDefault!]),
  );
  const network = family.build({
    classes,
    inputShape,
    options: { ...chosen, ...options },
    initialiser: seed === "zeros" ? new ZeroInitialiser() : new Initialiser(seed),
    heads,
  });
  network.inputShape = inputShape;
  if (heads === undefined || network instanceof HeadedNetwork) return network;
  network.dispose();
  throw new RangeError(
    `Network "${name}" has one head; those of a head per task: ${CONTINUAL_NAMES}`,
  );
}

/**
 * The network and the options that a name such as `lenet_prelu` stands for: the network's name, then values of its
 * options, then numbers of classes or sizes (`c10`, `head2`, `64`, `3x32x32`), which say nothing about the options.
 *
 * @throws {RangeError} when it is not such a name
 */
export function parseNetworkName(
  fullName: string,
): { name: string; options: Record<string, string> } {
  const parts = fullName.split("_");
  const prefixes = parts.map((_, i) => parts.slice(0, parts.length - i).join("_"));
  const name = prefixes.find((prefix) => findFamily(prefix) !== undefined);
  if (name === undefined) throw noNetwork(fullName);
  const known = Object.entries(familyOf(name).options);
  const options: Record<string, string> = {};
  for (const part of fullName.slice(name.length + 1).split("_").filter((part) => part !== "")) {
    const option = known.find(([, values]) => values.includes(part));
    if (option !== undefined) options[option[0]] = part;
    else if (!/^(c|head)?\d+(x\d+)*$/.test(part)) {
      const values = known.flatMap(([, values]) => values).join(", ") || "none";
      throw new RangeError(
        `"${part}" in "${fullName}" is no option of ${name}; it knows ${values}`,
      );
    }
  }
  return { name, options };
}
