/** How the Continual Learning Baselines normalise images. */
import type { Normalisation } from "../models/mod.ts";

/** By name: a data set's own, and that of the baselines' online replay on CIFAR100 (specification of the recipes, 2.4). */
const normalisations: Readonly<Record<string, Normalisation>> = {
  mnist: { mean: [0.1307], std: [0.3081] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  cifar100: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  cifar100_online: { mean: [0.5071, 0.4866, 0.4409], std: [0.2009, 0.1984, 0.2023] },
};

/** Those that a trial may name. */
export const normalisationNames: readonly string[] = Object.keys(normalisations);

/** The normalisation of that name; pixels stay in [0, 1] where there is none. */
export function normalisationOf(name: string, channels: number): Normalisation {
  if (Object.hasOwn(normalisations, name)) return normalisations[name]!;
  const each = (value: number) => Array.from({ length: channels }, () => value);
  return { mean: each(0), std: each(1) };
}
