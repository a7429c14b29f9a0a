/** The networks by name. */
import { Initialiser, type Module } from "../layers/mod.ts";
import { ConvNet } from "./convnet.ts";
import { LeNet } from "./lenet.ts";
import { Mlp } from "./mlp.ts";
import type { NetworkContext } from "./network.ts";

/** How each network is built, and which options it knows. Add a network here and it can be trained. */
const networks: Record<
  string,
  { options: readonly string[]; build: (context: NetworkContext) => Module }
> = {
  lenet: { options: ["extra"], build: (context) => new LeNet(context) },
  convnet: { options: ["head"], build: (context) => new ConvNet(context) },
  mlp: { options: [], build: (context) => new Mlp(context) },
};

/** The names that {@linkcode buildNetwork} knows. */
export const networkNames: readonly string[] = Object.keys(networks);

/**
 * Builds a network with initial values that depend on nothing but its name's options and the seed.
 *
 * @throws {RangeError} when the name or an option is unknown
 */
export function buildNetwork(name: string, settings: {
  classes: number;
  inputShape: readonly [height: number, width: number, channels: number];
  seed: number;
  options?: Readonly<Record<string, string | number>>;
}): Module {
  const network = networks[name];
  if (network === undefined) {
    throw new RangeError(
      `There is no network "${name}"; known are ${networkNames.join(", ")}`,
    );
  }
  const { classes, inputShape, seed, options = {} } = settings;
  const unknown = Object.keys(options).find((option) => !network.options.includes(option));
  if (unknown !== undefined) {
    const known = network.options.length === 0 ? "it has none" : network.options.join(", ");
    throw new RangeError(
      `Network "${name}" has no option "${unknown}" (${known})`,
    );
  }
  return network.build({
    classes,
    inputShape,
    options,
    initialiser: new Initialiser(seed),
  });
}
