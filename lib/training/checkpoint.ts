/** Where a training stands, in one file. */
import { z } from "zod";
import { decodeSafetensors, encodeSafetensors } from "../formats/mod.ts";
import type { Module, StoredVariable } from "../layers/mod.ts";
import { writeAtomically } from "../trials/mod.ts";
import type { Optimizer } from "./optimizer.ts";
import { assignVariables, readVariables, stateOf } from "./weights.ts";

/** What an epoch of training gave. */
export interface EpochRecord {
  /** Number of the epoch, from 0. */
  epoch: number;
  /** Mean of the batches' losses. */
  loss: number;
  /** Time that it took, interruptions left out. */
  seconds: number;
}

/** Everything but the variables that the next step depends on, or that the record of the training needs. */
export interface Standing {
  /** Steps done. */
  step: number;
  /** Finished epochs. */
  epochs: EpochRecord[];
  /** Sum of the losses of the steps done in the present epoch. */
  lossSum: number;
  /** Seconds spent in the present epoch. */
  seconds: number;
}

const standingSchema: z.ZodType<Standing> = z.strictObject({
  step: z.int().nonnegative(),
  epochs: z.array(z.strictObject({ epoch: z.int(), loss: z.number(), seconds: z.number() })),
  lossSum: z.number(),
  seconds: z.number(),
});

const FORMAT = "hem-checkpoint-1";

function variablesOf(network: Module, optimizer: Optimizer): Map<string, StoredVariable> {
  const state = [...optimizer.state].map(([name, variable]) =>
    [`optimizer.${name}`, variable] as const
  );
  return new Map([...stateOf(network), ...state]);
}

/**
 * Writes a checkpoint; the file is replaced whole or stays as it was.
 *
 * @returns false, and the file stays as it was, when a variable holds a number that is not finite: nothing can go on from it
 */
export async function writeCheckpoint(file: string, options: {
  network: Module;
  optimizer: Optimizer;
  standing: Standing;
  /** Says what is trained; a checkpoint of another training is refused. */
  identity: string;
}): Promise<boolean> {
  const { network, optimizer, standing, identity } = options;
  const tensors = await readVariables(variablesOf(network, optimizer));
  for (const { data } of tensors.values()) {
    if (!(data as Float32Array).every(Number.isFinite)) return false;
  }
  const metadata = { format: FORMAT, identity, standing: JSON.stringify(standing) };
  writeAtomically(file, encodeSafetensors(tensors, metadata));
  return true;
}

/**
 * Restores network and optimiser from a checkpoint.
 *
 * @returns undefined where there is no such file
 * @throws {TypeError} when the file is damaged or no checkpoint, or one of another training; nothing is changed then
 */
export async function readCheckpoint(file: string, options: {
  network: Module;
  optimizer: Optimizer;
  identity: string;
}): Promise<Standing | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { network, optimizer, identity } = options;
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    const standing = standingOf(metadata, identity);
    assignVariables(variablesOf(network, optimizer), tensors);
    return standing;
  } catch (error) {
    const reason = (error as Error).message;
    throw new TypeError(`Cannot resume from ${file}: ${reason}; move it away to start anew`, {
      cause: error,
    });
  }
}

function standingOf(metadata: Record<string, string>, identity: string): Standing {
  if (metadata.format !== FORMAT) throw new TypeError("it is no checkpoint");
  if (metadata.identity !== identity) {
    throw new TypeError(`it is of another training (${metadata.identity}), wanted ${identity}`);
  }
  return standingSchema.parse(JSON.parse(metadata.standing ?? "null"));
}
