/** Variables that go with a network's parameters, by the parameters' names. */
import { StoredVariable } from "../layers/mod.ts";

type Variables = ReadonlyMap<string, StoredVariable>;

/** Variables of zeros beside the parameters. */
export function zerosBeside(parameters: Variables): Map<string, StoredVariable> {
  return new Map(
    [...parameters].map(([name, { layout }]) => [name, new StoredVariable(zeros(layout), layout)]),
  );
}

/** Makes all values 0 again. */
export function setToZero(variables: Variables): void {
  for (const variable of variables.values()) variable.assign(zeros(variable));
}

/** The variables under longer names, as a checkpoint has them: `momentum.conv1.weight`. */
export function prefixed(prefix: string, variables: Variables): [string, StoredVariable][] {
  return [...variables].map(([name, variable]) => [`${prefix}.${name}`, variable]);
}

function zeros({ shape }: { shape: readonly number[] }): Float32Array {
  return new Float32Array(shape.reduce((a, b) => a * b, 1));
}
